"""Interval plots: where the marks stand, in percent of the width and pixels of the height.

The template draws them (recsys/reports/plot.j2). Percent, so that a plot fits any screen and
its letters stay as large as those of the page.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from recsys.statistics.bootstrap import MeanInterval

STEPS = (0.01, 0.02, 0.05, 0.1, 0.2)  # between two lines of the grid
MOST_STEPS = 5
LEFT, RIGHT = 2.0, 96.0  # percent; a mark at an end is not cut
LABEL = 22  # pixels
STRIP = 16  # of a mark
GAP = 10  # between rows
AXIS = 22


class Value(NamedTuple):
    """A mean to draw."""

    look: str  # als, bpr, blend or base: its colour and shape
    name: str  # what a pointer that rests on it says
    interval: MeanInterval


class Row(NamedTuple):
    """Values under one label."""

    label: str
    note: str
    values: Sequence[Value]


class Mark(NamedTuple):
    """A value in its place: x in percent, y in pixels."""

    look: str
    name: str
    low: str
    x: str
    high: str
    y: int


class Label(NamedTuple):
    """Words over a row, and the note at the other end; y in pixels."""

    text: str
    note: str
    y: int


class Tick(NamedTuple):
    """A line of the grid, x in percent."""

    x: str
    text: str


class Plot(NamedTuple):
    """A plot that can be drawn; height in pixels."""

    name: str  # an id of the page
    title: str
    description: str
    labels: list[Label]
    marks: list[Mark]
    ticks: list[Tick]
    height: int


def plot(name: str, title: str, description: str, rows: Sequence[Row]) -> Plot:
    """The rows under one another on a common axis from 0."""
    values = [value for row in rows for value in row.values]
    step, count = axis(max((value.interval.high for value in values), default=1.0))
    labels, marks, y = [], [], 0
    for row in rows:
        labels.append(Label(row.label, row.note, y + LABEL - 6))
        y += LABEL
        for value in row.values:
            marks.append(_mark(value, y + STRIP // 2, step * count))
            y += STRIP
        y += GAP
    ticks = [Tick(percent(at, count), f"{at * step:.2f}") for at in range(count + 1)]
    return Plot(name, title, description, labels, marks, ticks, y + AXIS)


def _mark(value: Value, y: int, top: float) -> Mark:
    """The mark of a value on an axis up to `top`."""
    mean, low, high = value.interval
    told = f"{value.name}: {mean:.3f} ({low:.3f} to {high:.3f})"
    ends = percent(low, top), percent(mean, top), percent(high, top)
    return Mark(value.look, told, *ends, y)


def axis(high: float) -> tuple[float, int]:
    """The step of the grid, and how many steps reach `high`; one at least."""
    step = next((step for step in STEPS if high <= step * MOST_STEPS), STEPS[-1])
    return step, max(1, math.ceil(round(high / step, 6)))


def percent(value: float, top: float) -> str:
    """Where a value from 0 to `top` stands."""
    return f"{LEFT + (RIGHT - LEFT) * value / top:.2f}%"
