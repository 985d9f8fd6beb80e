"""Bar plots: a bar a window or week, and a line that a bar has to reach.

x and widths in percent of the width, y and heights in pixels, as in recsys/reports/plot.py; the
template draws them (recsys/reports/bars.j2).
"""

from collections.abc import Sequence
from typing import NamedTuple

BASE = 84  # pixels down to the foot of the bars
ROOM = 12  # pixels above the highest one, for what marks a flagged bar
GAP = 0.25  # of a bar's place


class Bar(NamedTuple):
    """A value to draw; None: nothing is known."""

    look: str  # als, bpr or base: its colour
    told: str  # what a pointer that rests on it says
    value: float | None
    flagged: bool = False  # it gets a mark above: colours are not all


class Drawn(NamedTuple):
    """A bar in its place."""

    look: str
    told: str
    x: str
    width: str
    middle: str
    y: float
    height: float
    flagged: bool


class Bars(NamedTuple):
    """A plot that can be drawn; height in pixels."""

    name: str  # an id of the page
    title: str
    description: str
    bars: list[Drawn]
    floor: float | None  # y of the line
    first: str  # words under the first bar and the last one
    last: str
    height: int


def bars(
    name: str,
    title: str,
    description: str,
    values: Sequence[Bar],
    ends: tuple[str, str],
    floor: float | None = None,
) -> Bars:
    """The bars side by side on an axis from 0, with a line at `floor`."""
    known = [each.value for each in values if each.value is not None]
    top = max([*known, 1.2 * (floor or 0.0), 1e-9])
    scale = (BASE - ROOM) / top
    place = 100 / max(1, len(values))
    drawn = []
    for at, each in enumerate(values):
        height = max(1.0, scale * (each.value or 0.0))
        drawn.append(
            Drawn(
                each.look,
                each.told,
                f"{(at + GAP / 2) * place:.2f}%",
                f"{(1 - GAP) * place:.2f}%",
                f"{(at + 0.5) * place:.2f}%",
                round(BASE - height, 1),
                round(height, 1),
                each.flagged,
            )
        )
    line = None if floor is None else round(BASE - scale * floor, 1)
    return Bars(name, title, description, drawn, line, *ends, BASE + 22)
