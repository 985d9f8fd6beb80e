"""Where bars stand: side by side from the foot up, and the line where it belongs."""

from recsys.reports.bars import BASE, ROOM, Bar, bars


def test_bars_stand_side_by_side_and_the_highest_has_all_the_room() -> None:
    values = [
        Bar("base", "a", 0.5),
        Bar("bpr", "b", 1.0, True),
        Bar("base", "c", None),
        Bar("als", "d", 0.0),
    ]
    found = bars("p", "title", "words", values, ("first", "last"), 0.25)
    assert [bar.x for bar in found.bars] == ["3.12%", "28.12%", "53.12%", "78.12%"]
    assert {bar.width for bar in found.bars} == {"18.75%"}
    heights = [bar.height for bar in found.bars]
    assert heights == [(BASE - ROOM) / 2, BASE - ROOM, 1.0, 1.0]
    assert all(bar.y + bar.height == BASE for bar in found.bars)
    assert [bar.flagged for bar in found.bars] == [False, True, False, False]
    assert found.floor == BASE - (BASE - ROOM) / 4
    assert (found.first, found.last, found.height) == ("first", "last", BASE + 22)


def test_a_line_above_all_bars_is_in_the_plot() -> None:
    found = bars("p", "t", "d", [Bar("base", "a", 0.1)], ("", ""), 1.0)
    assert found.floor is not None and found.floor >= ROOM
    assert bars("p", "t", "d", [], ("", ""), None).bars == []
