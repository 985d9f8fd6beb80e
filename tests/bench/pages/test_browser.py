"""The browser does what it is told, and reaches this machine only."""

from pathlib import Path

import pytest

from bench.pages.browser import Tab
from recsys.reports import frame

PAGE = """<!DOCTYPE html><html lang="en"><title>t</title><main><h1>t</h1>
<p style="{style}">{text}</p>{more}</main></html>"""


def opened(
    tab: Tab, folder: Path, style: str = "", text: str = "x", more: str = ""
) -> Tab:
    path = folder / "page.html"
    path.write_text(PAGE.format(style=style, text=text, more=more), encoding="utf-8")
    tab.open(path.as_uri())
    return tab


def test_a_script_is_run_and_its_error_told(tab: Tab, tmp_path: Path) -> None:
    opened(tab, tmp_path)
    assert tab.evaluate("document.title + 1") == "t1"
    assert tab.evaluate("Promise.resolve(7)") == 7
    with pytest.raises(RuntimeError, match="nowhere"):
        tab.evaluate("nowhere")


def test_a_page_that_is_too_wide_is_seen(tab: Tab, tmp_path: Path) -> None:
    tab.look(390)
    assert opened(tab, tmp_path).overflow() == 0
    assert opened(tab, tmp_path, style="width: 500px").overflow() > 100


def test_nothing_but_this_machine_is_reached(tab: Tab, tmp_path: Path) -> None:
    opened(tab, tmp_path, more='<img src="http://example.com/x.png" alt="">')
    assert tab.requested[-1] == "http://example.com/x.png"
    assert tab.evaluate("document.images[0].naturalWidth") == 0


def test_what_axe_finds_serious(tab: Tab, axe: str, tmp_path: Path) -> None:
    opened(tab, tmp_path)
    assert tab.findings(axe) == []
    opened(tab, tmp_path, style="color: #ddd; background: #fff", text="pale words")
    assert [one["rule"] for one in tab.findings(axe)] == ["color-contrast"]


def test_light_and_dark_are_those_of_the_frame(tab: Tab, tmp_path: Path) -> None:
    style = (Path(frame.__file__).parent / "frame.j2").read_text(encoding="utf-8")
    assert "prefers-color-scheme: dark" in style
    for dark in (False, True):
        tab.look(1280, dark=dark)
        opened(tab, tmp_path)
        asked = "matchMedia('(prefers-color-scheme: dark)').matches"
        assert tab.evaluate(asked) is dark
    tab.picture(tmp_path / "page.png")
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")
