"""Factors for users that a model of sampled softmax was not trained on: down the gradient of their
own part of the objective to the end, as training does, whose steps fall to 0.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recsys.models.row_batches import (
    BATCH_CELLS,
    entries_per_row,
    for_each,
    row_batches,
)
from recsys.ranking.directions import directions

if TYPE_CHECKING:
    from collections.abc import Callable

    from scipy.sparse import csr_matrix

TURNS = 30  # steps along the sphere
FIRST_TURN = 0.3  # length of the first, of rows of length 1
SHORTER = 0.85  # times as long is each next one
AT_ONCE = 1 << 14  # items that a turn looks at, at most


@dataclass(frozen=True)
class Cosines:
    """The settings of the fit (recsys/softmax/descent.py) that a user's descent needs."""

    temperature: float
    weight: float  # of the negative part

    def __call__(
        self, item_factors: np.ndarray, liked: "csr_matrix", _dislikes: "csr_matrix"
    ) -> np.ndarray:
        """User factors (users, f) float32 of length 1; zeros without any liked.

        `item_factors` are (items, f) float32, `liked` is csr (users, items). A row x begins at the
        mean m of the liked items and goes down

            weight log(sum over all j of exp(x . y_j / temperature)) - x . m / temperature

        in TURNS steps along the sphere, of FIRST_TURN and then always SHORTER. Of many items each
        step looks at AT_ONCE, spread evenly and others than the one before.
        """
        mean = _mean_rows(liked, item_factors)
        user_factors = directions(mean)
        has_any = np.flatnonzero(entries_per_row(liked))
        apart = max(1, -(-len(item_factors) // AT_ONCE))
        cells = np.full(len(has_any), -(-len(item_factors) // apart))

        def descend(some: slice) -> None:
            rows = has_any[some]
            X = user_factors[rows]
            for turn in range(TURNS):
                length = np.float32(FIRST_TURN * SHORTER**turn)
                some_items = item_factors[turn % apart :: apart]
                slope = self.slope(X, mean[rows], some_items)
                slope -= (slope * X).sum(axis=1, keepdims=True) * X
                X = directions(X - length * directions(slope))
            user_factors[rows] = X

        for_each(descend, row_batches(cells, BATCH_CELLS))
        return user_factors

    def prepared(
        self, item_factors: np.ndarray
    ) -> "Callable[[csr_matrix, csr_matrix], np.ndarray]":
        """The same for these item factors."""
        return lambda liked, dislikes: self(item_factors, liked, dislikes)

    def slope(self, X: np.ndarray, mean: np.ndarray, Y: np.ndarray) -> np.ndarray:
        """The gradient at X (n, f) float32, times the temperature, (n, f) float32; `mean` (n, f) is
        that of what each likes, Y (items, f) are the items that it is told from.
        """
        likely = X @ Y.T
        likely /= np.float32(self.temperature)
        likely -= likely.max(axis=1, keepdims=True)
        np.exp(likely, out=likely)
        likely *= np.float32(self.weight) / likely.sum(axis=1, keepdims=True)
        slope: np.ndarray = likely @ Y - mean
        return slope


def _mean_rows(liked: "csr_matrix", rows: np.ndarray) -> np.ndarray:
    """The mean of the `rows` (items, f) that each likes, (n, f) float32; 0 where there are none."""
    counts = entries_per_row(liked)
    share = np.repeat(1 / np.maximum(counts, 1), counts).astype(np.float32)
    if len(counts) == 1:  # as below to the last bit, for who serves without SciPy
        mean = np.zeros((1, rows.shape[1]), np.float32)
        for part, item in zip(share, liked.indices.tolist(), strict=True):
            mean[0] += part * rows[item]
        return mean
    # here: a service folds in one user at a time, and need not load it
    from scipy.sparse import csr_matrix

    of_many: np.ndarray = (
        csr_matrix((share, liked.indices, liked.indptr), liked.shape) @ rows
    )
    return of_many
