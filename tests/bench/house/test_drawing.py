"""The drawing shows the house as it is, in the same bytes."""

from xml.etree import ElementTree

from bench.house import drawing, figures
from bench.house.drawing import Wing
from bench.house.imports import ROOT


def test_every_wing_stands_in_the_drawing_once() -> None:
    tree = ElementTree.fromstring(drawing.svg(ROOT))  # noqa: S314 - our own text
    titles = [node.text for node in tree.iter() if node.get("class") == "wing"]
    rooms = [name for house in ("ops", "recsys") for name in figures.rooms(ROOT, house)]
    assert sorted(titles) == sorted(
        ["programs of dvc.yaml", *(name.removesuffix(".py") for name in rooms)]
    )


def test_twice_the_same_bytes() -> None:
    assert drawing.svg(ROOT) == drawing.svg(ROOT)


def test_the_committed_drawing_is_of_this_house() -> None:
    committed = (ROOT / "docs" / "house.svg").read_text(encoding="utf-8")
    assert committed == drawing.svg(ROOT), "run `python -m bench.house.drawing`"


def test_a_line_that_a_longer_way_stands_for_is_left_out() -> None:
    pairs = [("a", "b"), ("a", "c"), ("b", "c")]
    assert drawing.without_shortcuts(pairs) == [("a", "b"), ("b", "c")]


def test_modules_stand_in_as_many_columns_as_fit() -> None:
    wing = Wing("recsys", "files", ("arrays", "atomic", "tables"))
    assert drawing.columns_of(wing, 120) == 2
    assert (
        drawing.height_of(wing, 120)
        == 2 * drawing.PAD + drawing.TITLE + 2 * drawing.LINE
    )
