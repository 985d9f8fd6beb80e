"""p of a test by resamples, of which no more are drawn than it takes.

Resamples are drawn until ENOUGH of them were at least as extreme as what was seen; p is then ENOUGH
over how many were drawn. If there are fewer in all that may be drawn, k in B, p is (k + 1) /
(B + 1). Besag and Clifford (1991), Sequential Monte Carlo p-values, Biometrika 78, 301: where
nothing has changed, p is at most a in no more than a share a of all cases, for each a, as without
the stop; so p may stand beside any level, and Holm's are no others. What is likely by chance costs
a few dozen draws. What is not takes all of them: a p below ENOUGH / B is the same as without it.
"""

from collections.abc import Iterator

import numpy as np

from recsys.drift.holm import p_of

ENOUGH = 10  # a p is then known to a third of it
FIRST = 16  # resamples that are drawn at once, at first


class Exceeded:
    """How many resamples were as extreme as what was seen, until there are ENOUGH of them."""

    def __init__(self) -> None:
        self.count = self.drawn = 0

    @property
    def is_settled(self) -> bool:
        """Whether no more are needed."""
        return self.count >= ENOUGH

    def add(self, extreme: np.ndarray) -> None:
        """Take in more resamples in their order, (n,) bool; what is drawn after the last one that
        is needed does not count.
        """
        if self.is_settled:
            return
        counts = self.count + np.cumsum(extreme)
        needed = int(np.searchsorted(counts, ENOUGH)) + 1
        self.drawn += min(needed, len(extreme))
        self.count = min(ENOUGH, int(counts[-1]))

    @property
    def p(self) -> float:
        """p of the test, by the resamples so far."""
        last = int(self.is_settled)  # the one that settled it
        return p_of(self.count - last, self.drawn - last)


def sizes(resamples: int) -> Iterator[int]:
    """How many to draw next, `resamples` in all: FIRST, and then half as many as there are."""
    drawn = 0
    while drawn < resamples:
        size = min(resamples - drawn, max(FIRST, drawn // 2))
        yield size
        drawn += size
