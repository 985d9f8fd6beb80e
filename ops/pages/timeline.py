"""A plot over time: where marks with their intervals stand, in percent of the width and pixels of
the height. The template draws it (ops/pages/timeline.j2), as recsys/reports/plot.py does plots of
groups.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from recsys.reports.plot import axis
from recsys.statistics.bootstrap import MeanInterval

LEFT, RIGHT = (
    13.0,
    90.0,
)  # percent: room for the figures and dates of the axes, on phones too
TOP, HEIGHT, AXIS = 10, 200, 26  # pixels
DATES = 4  # on the axis, at most
ASIDE = 0.5  # percent: two marks of one moment stand beside one another


class Point(NamedTuple):
    """A measurement."""

    at: datetime
    value: MeanInterval
    told: str  # what a pointer that rests on it says


class Series(NamedTuple):
    """Points of one thing, in the order of time."""

    name: str
    look: str  # als, bpr or base: its colour and shape
    points: Sequence[Point]


class Mark(NamedTuple):
    """A point in its place: x in percent, y in pixels."""

    look: str
    told: str
    x: str
    low: float
    y: float
    high: float


class Line(NamedTuple):
    """From one mark to the next."""

    look: str
    x1: str
    y1: float
    x2: str
    y2: float


class Tick(NamedTuple):
    """A line of the grid, or a date of the axis."""

    at: str
    text: str


class Timeline(NamedTuple):
    """A plot that can be drawn; height in pixels."""

    name: str  # an id of the page
    title: str
    description: str
    marks: list[Mark]
    lines: list[Line]
    ticks: list[Tick]  # of the values; `at` in pixels
    dates: list[Tick]  # `at` in percent
    height: int


def timeline(
    name: str,
    title: str,
    description: str,
    series: Sequence[Series],
    day: Callable[[datetime], str],
) -> Timeline:
    """The series on common axes, values from 0; `day` says a moment as a date.

    ValueError without any point.
    """
    points = [point for one in series for point in one.points]
    if not points:
        raise ValueError("a plot of nothing")
    step, count = axis(max(point.value.high for point in points))
    times = sorted({point.at for point in points})
    shift = ASIDE * (len(series) - 1) / 2
    marks, lines = [], []
    for place, one in enumerate(series):
        aside = place * ASIDE - shift
        drawn = [_mark(one, point, times, step * count, aside) for point in one.points]
        marks += drawn
        lines += [Line(a.look, a.x, a.y, b.x, b.y) for a, b in pairwise(drawn)]
    ticks = [
        Tick(str(_y(at * step, step * count)), f"{at * step:.2f}")
        for at in range(count + 1)
    ]
    every = _some(times)
    dates = [Tick(_percent(_share(at, times)), day(at)) for at in every]
    return Timeline(
        *(name, title, description, marks, lines, ticks, dates, TOP + HEIGHT + AXIS)
    )


def _mark(
    one: Series, point: Point, times: Sequence[datetime], top: float, aside: float
) -> Mark:
    x = _percent(_share(point.at, times), aside)
    mean, low, high = (_y(value, top) for value in point.value)
    return Mark(one.look, f"{one.name}: {point.told}", x, low, mean, high)


def _share(at: datetime, times: Sequence[datetime]) -> float:
    """Where a moment stands, from 0 to 1; in the middle if there is but one."""
    span = times[-1] - times[0]
    return (at - times[0]) / span if span else 0.5


def _percent(share: float, aside: float = 0.0) -> str:
    return f"{LEFT + (RIGHT - LEFT) * share + aside:.2f}%"


def _y(value: float, top: float) -> float:
    return round(TOP + HEIGHT * (1 - value / top), 1)


def _some(times: Sequence[datetime]) -> list[datetime]:
    """At most DATES moments that stand far enough from one another to be read."""
    kept: list[datetime] = []
    for at in times:
        if not kept or _share(at, times) - _share(kept[-1], times) >= 1 / DATES:
            kept.append(at)
    return kept
