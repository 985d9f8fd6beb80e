"""Factors for users that BPR was not trained on: down the expected gradient of their own part of
the objective, with the item factors fixed, as far as training went: what stochastic descent does on
average, and the same for everybody.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recsys.models.row_batches import (
    BATCH_CELLS,
    entries_per_row,
    for_each,
    row_batches,
)

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

CACHED_CELLS = 1 << 18  # scores of a descent that stay in the caches of a processor
LEAST_ROWS = 64  # users of a batch all the same, so that a product of matrices pays
STEP = 0.5  # of what the steepest curvature allows; beyond 2 a descent does not settle


@dataclass(frozen=True)
class Pairwise:
    """The settings of the fit (recsys/bpr/fit.py) that a user's descent needs.

    The last factor is the item's bias.
    """

    learning_rate: float
    regularization: float
    epochs: int

    def __call__(
        self, item_factors: np.ndarray, liked: "csr_matrix", _dislikes: "csr_matrix"
    ) -> np.ndarray:
        """User factors (users, f) float32, the last one 1; without any liked the others are 0.

        `item_factors` are (items, f) float32, `liked` is csr (users, items).
        """
        return self.prepared(item_factors)(liked, _dislikes)

    def prepared(
        self, item_factors: np.ndarray
    ) -> "Callable[[csr_matrix, csr_matrix], np.ndarray]":
        """The same for these item factors; what all users share is computed here, once."""
        widest = _widest(item_factors)

        def fold_in(liked: "csr_matrix", _dislikes: "csr_matrix") -> np.ndarray:
            return self._fold_in(item_factors, liked, widest)

        return fold_in

    def _fold_in(
        self, item_factors: np.ndarray, liked: "csr_matrix", widest: float
    ) -> np.ndarray:
        user_factors = np.zeros(
            (liked.shape[0], item_factors.shape[1]), dtype=np.float32
        )
        user_factors[:, -1] = 1
        counts = entries_per_row(liked)
        for count in np.unique(counts[counts > 0]).tolist():
            # the same of all users of one count
            steps = self._steps(widest, count)
            alike = np.flatnonzero(counts == count)
            baskets, basket_of = _distinct(liked[alike].indices.reshape(-1, count))
            rows = np.empty((len(baskets), item_factors.shape[1] - 1), np.float32)
            self._descend_all(item_factors, baskets, steps, rows)
            user_factors[alike, :-1] = rows[basket_of]
        return user_factors

    def _descend_all(
        self, item_factors: np.ndarray, baskets: np.ndarray, steps: int, out: np.ndarray
    ) -> None:
        """`_descend` of all baskets, in batches, into `out`."""

        def descend(some: slice) -> None:
            out[some] = self._descend(item_factors, baskets[some], steps)

        items = len(item_factors)
        most = min(BATCH_CELLS, max(CACHED_CELLS, LEAST_ROWS * items))
        for_each(descend, row_batches(np.full(len(baskets), items), most))

    def steps(self, item_factors: np.ndarray, count: int) -> int:
        """Steps of a user with `count` positives: as many as training had epochs, or fewer that are
        longer.

        The descent is over what all steps of training make together, learning_rate times epochs. It
        takes steps of at most STEP over the steepest curvature: count (l + regularization), where
        sigma' is at most a quarter and the mean over j of (y_i - y_j) (y_i - y_j)' at most the
        variance of y plus the largest distance from its mean.
        """
        return self._steps(_widest(item_factors), count)

    def _steps(self, widest: float, count: int) -> int:
        curvature = count * (widest / 4 + self.regularization)
        wanted = math.ceil(self.learning_rate * self.epochs * curvature / STEP)
        return max(1, min(self.epochs, wanted))

    def _descend(
        self, item_factors: np.ndarray, baskets: np.ndarray, steps: int
    ) -> np.ndarray:
        """The factors but the last one, (n, f - 1) float32, of who likes the items of `baskets`
        (n, count), after so many steps of

        x += rate (sum over liked i of (mean over unliked j of sigma(-s_ij) (y_i - y_j)
        - regularization x)).
        """
        Y, bias = item_factors[:, :-1], item_factors[:, -1]
        n, count = baskets.shape
        user = np.arange(n)[:, None]
        share = np.float32(1 / max(1, len(Y) - count))  # of each unliked item
        X = np.zeros((n, Y.shape[1]), dtype=np.float32)
        rate = np.float32(self.learning_rate * self.epochs / steps)
        decay = np.float32(self.regularization * count)
        scores, wrong, pushed = (np.empty((n, len(Y)), np.float32) for _ in range(3))
        for _ in range(steps):
            np.matmul(X, Y.T, out=scores)
            scores += bias
            pulled = np.empty((n, count), dtype=np.float32)
            for place in range(count):
                # what each item is pushed away by: at the first, `pushed` itself
                own = scores[user, baskets[:, place, None]]
                by = wrong if place else pushed
                _sigmoid_of(np.subtract(own, scores, out=by))
                by[user, baskets] = 0
                by *= share
                pulled[:, place] = by.sum(axis=1)
                if place:
                    pushed += by
            pushed[user, baskets] = -pulled
            X -= rate * (pushed @ Y + decay * X)
        return X


def _distinct(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct ones of `rows` (n, m), in rising order, and the place of each row among them,
    (n,): numpy.unique by rows, which takes ten times as long.
    """
    order = np.lexsort(rows.T[::-1])
    ordered = rows[order]
    begins = np.ones(len(rows), bool)
    begins[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    place = np.empty(len(rows), np.int64)
    place[order] = np.cumsum(begins) - 1
    return ordered[begins], place


def _widest(item_factors: np.ndarray) -> float:
    """The variance of the rows but their bias, plus the largest distance from their mean."""
    away = (item_factors[:, :-1] - item_factors[:, :-1].mean(axis=0)).astype(np.float64)
    variance = np.linalg.norm(away, 2) ** 2 / len(away)
    return float(variance + (away**2).sum(axis=1).max())


def _sigmoid_of(margins: np.ndarray) -> None:
    """1 / (1 + exp(m)) in the place of each margin m: how wrong the order of a pair is."""
    np.minimum(margins, 30, out=margins)
    np.exp(margins, out=margins)
    margins += 1
    np.reciprocal(margins, out=margins)
