"""The hide list: read again when it changes; a broken one hides what was hidden."""

import os
from pathlib import Path

import pytest

from recsys.program.errors import DataError
from recsys.serving import hidden
from recsys.serving.hidden import Hidden, HideList
from tests.worlds import complains


def test_an_id_a_line(tmp_path: Path) -> None:
    path = tmp_path / "hidden.txt"
    assert hidden.read(path) == frozenset()
    path.write_bytes("\ufeffp1\r\n\n  p 2 \nđ".encode())
    assert hidden.read(path) == {"p1", "p 2", "đ"}


def test_a_remark_is_no_id(tmp_path: Path) -> None:
    (tmp_path / "hidden.txt").write_text("# recalled\np1  # in May\n")
    assert hidden.read(tmp_path / "hidden.txt") == {"p1  # in May"}


@pytest.mark.parametrize(
    ("line", "ids"),
    [
        ("p1  # in May", [["p1  # in May"], ["p1"], ["p1"]]),
        ('"p1"', [['"p1"'], ["p1"], ["p1"]]),
        ("p1, 'p2';p3", [["p1, 'p2';p3"], ["p1, 'p2';p3"], ["p1", "p2", "p3"]]),
        ("p\u200b1", [["p\u200b1"], ["p1"], ["p1"]]),
    ],
)
def test_a_line_is_read_as_people_write_it(line: str, ids: list[list[str]]) -> None:
    assert list(hidden.readings(line)) == ids


def test_what_hides_nothing_is_told_with_the_next_step() -> None:
    assert hidden.told([]) == ""
    assert hidden.told(["p9.0"]).startswith("hidden.txt: 1 line names no product")
    assert "2 lines" in hidden.told(["p9.0", "x"]) and "'p9.0'" in hidden.told(["p9.0"])


def test_it_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "hidden.txt"
    shown = HideList(path)
    assert not shown.changed()
    path.write_text("p1\n")
    assert shown.changed()
    assert shown.products == {"p1"}
    assert not shown.changed()
    path.unlink()
    assert shown.changed()
    assert shown.products == frozenset()


def test_a_broken_file_leaves_hidden_what_was(tmp_path: Path) -> None:
    path = tmp_path / "hidden.txt"
    path.write_text("p1\n")
    shown = HideList(path)
    assert shown.changed()
    path.write_bytes(b"\xff\xfe")
    assert not shown.changed()
    assert shown.products == {"p1"}
    assert "not UTF-8" in shown.problem


def test_both_files_count(tmp_path: Path) -> None:
    shown = Hidden(tmp_path)
    assert not shown.changed() and shown.lines == (frozenset(), frozenset())
    (tmp_path / "hidden.txt").write_text("p1\n")
    (tmp_path / "delisted.txt").write_text("# why\np2\n")
    assert shown.changed() and not shown.changed()
    assert shown.lines == hidden.read_both(tmp_path) == ({"p1"}, {"p2"})
    (tmp_path / "delisted.txt").unlink()
    assert shown.changed() and shown.lines == ({"p1"}, frozenset())
    for name in ("hidden.txt", "delisted.txt"):
        (tmp_path / name).write_bytes(b"\xff\xfe")
    assert not shown.changed() and shown.lines == ({"p1"}, frozenset())
    assert shown.problem.count("not UTF-8") == 2 and "delisted.txt" in shown.problem


def test_a_file_that_can_be_read_now_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither its time nor its size tells: `chmod` changes none of them."""
    path = tmp_path / "hidden.txt"
    path.write_text("p1\n")
    shown = HideList(path)

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refused)
        assert not shown.changed()
    assert "Permission denied); let it be a plain UTF-8 file" in shown.problem
    assert shown.changed()
    assert (shown.products, shown.problem) == ({"p1"}, "")


def test_a_change_is_seen_where_the_time_is_set_back(tmp_path: Path) -> None:
    path = tmp_path / "hidden.txt"
    path.write_text("p1\n")
    found, shown = path.stat(), HideList(path)
    assert shown.changed()
    path.write_text("p2\n")  # as rsync --inplace --times does
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert shown.changed()
    assert shown.products == {"p2"}


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_it_is_a_file_and_nothing_else(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "hidden.txt"
    path.symlink_to("/etc/passwd") if kind == "link" else os.mkfifo(path)
    with complains(DataError, "hidden.txt"):
        hidden.read(path)
