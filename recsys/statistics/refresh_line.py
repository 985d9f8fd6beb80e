"""The latest refreshes together, measured over the anchor: one lucky week does not let one through.

Fifty-two weeks are fifty-two draws, and the luckiest of them hides a loss. The mean of the last few
does not: most of a draw's luck is that week's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from recsys.statistics.paired import Comparison


@dataclass(frozen=True)
class RefreshLine:
    """The mean difference of the latest refreshes from the anchor, beside what is needed."""

    refreshes: int
    newest: float  # the challenger's own difference
    mean: float
    least: float  # what a single one must have to pass

    @property
    def passed(self) -> bool:
        """Whether the mean is what a single one must have."""
        return self.mean >= self.least


def refresh_line(
    anchor: Comparison, earlier: Sequence[float], most: int
) -> RefreshLine:
    """The challenger and the refreshes before it (the oldest first), at most so many together.

    An earlier one counts as at most one margin below the anchor, so that a broken one holds the
    mended ones after it no longer than it has to.
    """
    newest = anchor.difference
    latest = list(earlier)[max(0, len(earlier) - most + 1) :]
    line = [*(max(each, -anchor.margin) for each in latest), newest]
    return RefreshLine(len(line), newest, sum(line) / len(line), anchor.least)
