"""Where marks stand: on a common axis from 0, never outside."""

import pytest

from recsys.reports.plot import LEFT, RIGHT, Row, Value, axis, percent, plot
from recsys.statistics.bootstrap import MeanInterval


def value(look: str, mean: float, low: float, high: float) -> Value:
    return Value(look, look, MeanInterval(mean, low, high))


@pytest.mark.parametrize(
    ("high", "wanted"),
    [
        (0.0, (0.01, 1)),
        (0.05, (0.01, 5)),
        (0.051, (0.02, 3)),
        (0.3, (0.1, 3)),
        (0.62, (0.2, 4)),
        (1.0, (0.2, 5)),
    ],
)
def test_few_round_steps_reach_the_highest_end(
    high: float, wanted: tuple[float, int]
) -> None:
    assert axis(high) == wanted


def test_percent_from_the_left_to_the_right() -> None:
    assert percent(0, 0.4) == f"{LEFT:.2f}%"
    assert percent(0.4, 0.4) == f"{RIGHT:.2f}%"
    assert percent(0.1, 0.4) == f"{LEFT + (RIGHT - LEFT) / 4:.2f}%"


def test_rows_stand_under_one_another() -> None:
    rows = [
        Row("a", "2 users", [value("als", 0.2, 0.1, 0.3), value("bpr", 0.1, 0, 0.2)]),
        Row("b", "", [value("als", 0.4, 0.4, 0.4)]),
    ]
    found = plot("p", "title", "words", rows)
    assert [(label.text, label.note) for label in found.labels] == [
        ("a", "2 users"),
        ("b", ""),
    ]
    heights = [mark.y for mark in found.marks]
    assert heights == sorted(set(heights)) and heights[-1] < found.height
    assert found.labels[0].y < heights[0] < heights[1] < found.labels[1].y < heights[2]
    assert found.marks[2].x == found.marks[2].low == found.marks[2].high == "96.00%"
    assert found.marks[0].name == "als: 0.200 (0.100 to 0.300)"
    assert [tick.text for tick in found.ticks] == [
        "0.00",
        "0.10",
        "0.20",
        "0.30",
        "0.40",
    ]


def test_a_plot_of_nothing_is_an_axis() -> None:
    found = plot("p", "title", "words", [])
    assert (found.marks, found.labels) == ([], [])
    assert found.ticks[-1].text == "1.00"
