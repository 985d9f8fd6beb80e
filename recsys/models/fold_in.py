"""Factors for users that the model was not trained on: their own part of the objective, with the
item factors fixed.

Who they are is said by csr matrices, or by recsys/models/one_user.py.

LeastSquares (ALS) and CountedLeastSquares (ALS by Spark) solve it exactly. Pairwise (BPR) stands in
recsys/models/pairwise_fold.py, Cosines (sampled softmax) in recsys/models/cosine_fold.py.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recsys.models.cosine_fold import Cosines
from recsys.models.pairwise_fold import Pairwise
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
MOST_ITEMS = 7  # of users who are solved many at once: of more, one by one is faster


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
            several = np.flatnonzero((likes > 1) | ((likes > 0) & (others > 0)))
            is_few = (likes + others)[several] <= min(
                MOST_ITEMS, len(shared.spectrum) - 1
            )
            for users in _alike(likes, others, several[is_few]):

                def solve_alike(some: slice, users: np.ndarray = users) -> None:
                    rows = users[some]
                    user_factors[rows] = self._rows(shared, liked, dislikes, rows)

                cells = np.full(len(users), MOST_ITEMS * len(shared.spectrum))
                for_each(solve_alike, row_batches(cells, BATCH_CELLS))
            for user in several[~is_few]:
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

    def _rows(
        self,
        shared: SharedEquation,
        liked: "csr_matrix",
        dislikes: "csr_matrix",
        users: np.ndarray,
    ) -> np.ndarray:
        """The rows of users with as many likes, and as many dislikes."""
        good, c_good = _cells(liked, users, self.alpha)
        bad, c_bad = _cells(dislikes, users, self.alpha * self.dislike_weight)
        items, c = np.hstack([good, bad]), np.hstack([c_good, c_bad])
        if len(users) == 1:
            return self._row(shared, liked, dislikes, int(users[0]))[None]
        wanted = np.hstack([c_good, np.zeros(bad.shape)])
        masses, likes = c.sum(axis=1) + len(shared.rows), good.shape[1]
        # one by one: the power of many numbers at once has other last bits
        r = np.array([float(self.penalty(mass, likes)) for mass in masses])
        return shared.solve_several(items, c - 1, wanted, np.maximum(r, shared.least))

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


FoldIn = LeastSquares | CountedLeastSquares | Pairwise | Cosines
# likes and dislikes, csr (users, items) -> user factors (users, f) float32
PreparedFoldIn = Callable[["csr_matrix", "csr_matrix"], np.ndarray]


def _alike(
    likes: np.ndarray, others: np.ndarray, users: np.ndarray
) -> Iterator[np.ndarray]:
    """These users (n,) by how many they like and dislike."""
    ordered = users[np.lexsort([others[users], likes[users]])]
    counts = np.stack([likes[ordered], others[ordered]])
    ends = np.flatnonzero((np.diff(counts) != 0).any(axis=0)) + 1
    yield from filter(len, np.split(ordered, ends))


def _cells(
    matrix: "csr_matrix", users: np.ndarray, weight: float
) -> tuple[np.ndarray, np.ndarray]:
    """`_row` of users with as many cells each, both (n, cells); (n, 0) if the weight is 0."""
    begins = matrix.indptr[users]
    count = int(matrix.indptr[users[0] + 1] - begins[0]) if weight else 0
    cells = begins[:, None] + np.arange(count)
    return matrix.indices[cells], weight * matrix.data[cells].astype(np.float64)


def _row(
    matrix: "csr_matrix", row: int, weight: float
) -> tuple[np.ndarray, np.ndarray]:
    """Columns of a row and `weight` times its values; nothing if the weight is 0."""
    cells = slice(matrix.indptr[row], matrix.indptr[row + 1])
    kept = matrix.indices[cells] if weight else matrix.indices[:0]
    return kept, weight * matrix.data[cells][: len(kept)].astype(np.float64)
