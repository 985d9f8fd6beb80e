"""A plot over time: where its marks stand."""

from datetime import UTC, datetime, timedelta

import pytest

from ops.pages.timeline import DATES, Point, Series, timeline
from recsys.statistics.bootstrap import MeanInterval

DAY = datetime(2026, 11, 1, tzinfo=UTC)


def series(name: str, *means: float) -> Series:
    points = [
        Point(
            DAY + timedelta(days=at), MeanInterval(mean, mean - 0.1, mean + 0.1), "told"
        )
        for at, mean in enumerate(means)
    ]
    return Series(name, "als", points)


def day(at: datetime) -> str:
    return f"{at:%d}"


def test_marks_stand_by_their_time_and_value() -> None:
    plot = timeline("p", "t", "d", [series("one", 0.1, 0.2, 0.4)], day)
    assert [mark.x for mark in plot.marks] == ["13.00%", "51.50%", "90.00%"]
    low, mean, high = plot.marks[2].low, plot.marks[2].y, plot.marks[2].high
    assert (high, mean, low) == (10, 50, 90)  # 0.5, 0.4, 0.3 of 0 to 0.5 on 200 px
    assert [(tick.at, tick.text) for tick in plot.ticks][-1] == ("10.0", "0.50")
    assert plot.marks[0].told == "one: told"
    assert [(line.x1, line.x2) for line in plot.lines] == [
        *(("13.00%", "51.50%"), ("51.50%", "90.00%"))
    ]


def test_two_marks_of_one_moment_stand_beside_one_another() -> None:
    plot = timeline("p", "t", "d", [series("one", 0.2), series("two", 0.2)], day)
    assert [mark.x for mark in plot.marks] == ["51.25%", "51.75%"]
    assert plot.lines == []


def test_dates_are_few_enough_to_be_read() -> None:
    plot = timeline("p", "t", "d", [series("one", *[0.2] * 60)], day)
    assert 2 <= len(plot.dates) <= DATES + 1
    assert plot.dates[0].text == "01"


def test_nothing_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="a plot of nothing"):
        timeline("p", "t", "d", [], day)
