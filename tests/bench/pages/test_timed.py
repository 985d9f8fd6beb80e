"""A page is timed where it is made."""

from types import SimpleNamespace

from bench.pages import timed


def test_what_is_made_inside_is_timed_and_handed_on() -> None:
    module = SimpleNamespace(page=lambda words: f"<p>{words}đ</p>")
    got = []
    found = timed.inside(module, "page", lambda: got.append(module.page("x")))
    assert got == ["<p>xđ</p>"]
    assert found.size == len("<p>xđ</p>".encode()) and 0 <= found.cpu <= found.wall + 1
