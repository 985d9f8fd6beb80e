"""Pictures of a page, and what is wrong with it."""

from pathlib import Path

from bench.pages import shots
from bench.pages.browser import Tab


def test_a_page_has_a_name() -> None:
    assert shots.named("a=http://127.0.0.1:1/") == ("a", "http://127.0.0.1:1/")
    name, place = shots.named("reports/index.html")
    assert name == "index" and place.startswith("file:///")


def test_pictures_in_all_sizes_and_what_is_wrong(tab: Tab, tmp_path: Path) -> None:
    page = tmp_path / "wide.html"
    page.write_text("<!DOCTYPE html><p style='width: 500px'>x</p>")
    wrong = shots.look(tab, "wide", page.as_uri(), tmp_path, "")
    assert len(wrong) == 2 and all("(phone, " in one for one in wrong)
    assert len(list(tmp_path.glob("wide-*-*.png"))) == 4
