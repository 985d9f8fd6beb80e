"""Factors for users that the model was not trained on: their own part of the objective, with the
item factors fixed.

Who they are is said by csr matrices, or by recsys/models/one_user.py.

LeastSquares (ALS) and CountedLeastSquares (ALS by Spark) solve it exactly. Pairwise (BPR) goes down
the expected gradient as far as training went: what stochastic descent does on average, and the same
for everybody. Cosines (sampled softmax) stands in recsys/models/cosine_fold.py.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recsys.models.cosine_fold import Cosines
from recsys.models.row_batches import (
    BATCH_CELLS,
    entries_per_row,
    for_each,
    row_batches,
)
from recsys.models.shared_equation import SharedEquation

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

AT_ONCE = 8192  # users of one item
STEP = 0.5  # of what the steepest curvature allows; beyond 2 a descent does not settle


class UserEquation(ABC):
    """The equation of a user's row x that both kinds of ALS solve

    (Y'Y + sum (c - 1) y y' + r I) x = sum over liked of c y

    c is alpha times the confidence of what is liked, and alpha times dislike_weight of a dislike. r
    is the penalty, and never nothing at all: with fewer items than factors there would be many
    solutions, or none to compute.
    """

    alpha: float
    dislike_weight: float  # 0: dislikes say nothing

    @abstractmethod
    def penalty(self, mass: np.ndarray, likes: int, /) -> np.ndarray:
        """r of users whose c and number of items add up to `mass` (n,), with so many likes each."""

    def __call__(
        self, item_factors: np.ndarray, liked: "csr_matrix", dislikes: "csr_matrix"
    ) -> np.ndarray:
        """User factors (users, f) float32; zeros without any liked.

        `item_factors` are (items, f) float32, `liked` and `dislikes` csr (users, items): confidence
        and 1.
        """
        return self.prepared(item_factors)(liked, dislikes)

    def prepared(self, item_factors: np.ndarray) -> "PreparedFoldIn":
        """The same for these item factors; what all users share is computed here, once."""
        shared = SharedEquation.of(item_factors)

        def fold_in(liked: "csr_matrix", dislikes: "csr_matrix") -> np.ndarray:
            user_factors = np.zeros((liked.shape[0], item_factors.shape[1]), np.float32)
            likes, others = entries_per_row(liked), entries_per_row(dislikes)
            single = np.flatnonzero((likes == 1) & (others == 0))

            def solve(some: slice) -> None:
                user_factors[single[some]] = self._single(shared, liked, single[some])

            for_each(solve, row_batches(np.ones(len(single), int), AT_ONCE))
            for user in np.flatnonzero((likes > 1) | ((likes > 0) & (others > 0))):
                user_factors[user] = self._row(shared, liked, dislikes, int(user))
            return user_factors

        return fold_in

    def _single(
        self, shared: SharedEquation, liked: "csr_matrix", users: np.ndarray
    ) -> np.ndarray:
        """The rows of users who like one item and dislike none: nine of ten in a usual shop."""
        cells = liked.indptr[users]
        c = self.alpha * liked.data[cells].astype(np.float64)
        r = np.maximum(self.penalty(c + len(shared.rows), 1), shared.least)
        return shared.solve_single(liked.indices[cells], c - 1, c, r)

    def _row(
        self,
        shared: SharedEquation,
        liked: "csr_matrix",
        dislikes: "csr_matrix",
        user: int,
    ) -> np.ndarray:
        good, c_good = _row(liked, user, self.alpha)
        bad, c_bad = _row(dislikes, user, self.alpha * self.dislike_weight)
        items, c = np.append(good, bad), np.append(c_good, c_bad)
        wanted = np.append(c_good, np.zeros(len(bad)))
        r = self.penalty(c.sum() + len(shared.rows), len(good))
        return shared.solve(items, c - 1, wanted, max(float(r), shared.least))


@dataclass(frozen=True)
class LeastSquares(UserEquation):
    """The settings of the fit (recsys/als/fit.py) that a user's equation needs."""

    alpha: float
    regularization: float
    frequency_scaling: float
    dislike_weight: float

    def penalty(self, mass: np.ndarray, _likes: int, /) -> np.ndarray:
        """regularization (sum of c + items) ^ frequency_scaling, (n,)."""
        r: np.ndarray = self.regularization * mass**self.frequency_scaling
        return r


@dataclass(frozen=True)
class CountedLeastSquares(UserEquation):
    """The settings of a fit by Spark (recsys/spark/als.py) that a user's equation needs."""

    alpha: float
    regularization: float
    dislike_weight: float

    def penalty(self, mass: np.ndarray, likes: int, /) -> np.ndarray:
        """regularization times the number of likes, (n,) (Zhou et al., 2008: ALS-WR)."""
        return np.full(np.shape(mass), self.regularization * likes)


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

    def prepared(self, item_factors: np.ndarray) -> "PreparedFoldIn":
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
            baskets, basket_of = np.unique(
                liked[alike].indices.reshape(-1, count), axis=0, return_inverse=True
            )
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

        cells = np.full(len(baskets), baskets.shape[1] * len(item_factors))
        for_each(descend, row_batches(cells, BATCH_CELLS))

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
        for _ in range(steps):
            scores = X @ Y.T + bias
            push = np.zeros_like(scores)  # what each item gets, (n, items)
            pulled = np.empty((n, count), dtype=np.float32)
            for place in range(count):
                own = scores[user, baskets[:, place, None]]
                wrong = _sigmoid_of(scores - own)
                wrong[user, baskets] = 0
                wrong *= share
                pulled[:, place] = wrong.sum(axis=1)
                push -= wrong
            push[user, baskets] = pulled
            X += rate * (push @ Y - decay * X)
        return X


def _widest(item_factors: np.ndarray) -> float:
    """The variance of the rows but their bias, plus the largest distance from their mean."""
    away = (item_factors[:, :-1] - item_factors[:, :-1].mean(axis=0)).astype(np.float64)
    variance = np.linalg.norm(away, 2) ** 2 / len(away)
    return float(variance + (away**2).sum(axis=1).max())


def _sigmoid_of(values: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-v)) of each value, in its place."""
    np.clip(values, -30, 30, out=values)
    np.negative(values, out=values)
    np.exp(values, out=values)
    values += 1
    np.reciprocal(values, out=values)
    return values


FoldIn = LeastSquares | CountedLeastSquares | Pairwise | Cosines
# likes and dislikes, csr (users, items) -> user factors (users, f) float32
PreparedFoldIn = Callable[["csr_matrix", "csr_matrix"], np.ndarray]


def _row(
    matrix: "csr_matrix", row: int, weight: float
) -> tuple[np.ndarray, np.ndarray]:
    """Columns of a row and `weight` times its values; nothing if the weight is 0."""
    cells = slice(matrix.indptr[row], matrix.indptr[row + 1])
    kept = matrix.indices[cells] if weight else matrix.indices[:0]
    return kept, weight * matrix.data[cells][: len(kept)].astype(np.float64)
