"""What Spark's ALS is told of a shop, so that it minimises what our own does, but for the penalty.

Ours gives an entry the whole weight c (recsys/als/objective.py), Spark 1 + |rating|, and preference
0 where the rating is negative. So a positive is c - 1 and a dislike 1 - c, with Spark's alpha at 1.
Spark cannot be told of a weight of 1 or less:

    positives   ConfigError: alpha is to be raised
    dislikes    they are left out, all together: their c is alpha times dislike_weight

Dislikes of a user without positives, or of an item without, are left out too: they say nothing of a
row that is 0, and Spark would solve it without any penalty.
"""

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from recsys.als.objective import Problem
from recsys.als.params import Params, SparkSettings
from recsys.dataset.interactions import Interactions
from recsys.dataset.sparse import (
    columns_kept,
    entries_per_row,
    item_counts,
    rows_kept,
    rows_of,
)
from recsys.program.errors import ConfigError


class Ratings(NamedTuple):
    """The entries that Spark is told of."""

    matrix: (
        csr_matrix  # (users, items) float32: c - 1 of a positive, 1 - c of a dislike
    )
    left_out: int  # dislikes that it is not told of

    @property
    def users(self) -> np.ndarray:
        """Of each entry, (nnz,) int32, rising; with `matrix.indices` rising in each."""
        return rows_of(self.matrix, np.int32)

    @property
    def dislikes(self) -> int:
        return int((self.matrix.data < 0).sum())

    def problem(self, regularization: float) -> Problem:
        """What Spark minimises: its penalty of a row is `regularization` times the positives."""
        data, is_positive = self.matrix.data, self.matrix.data > 0
        entries, positives = self.matrix.copy(), self.matrix.copy()
        entries.data = data + np.where(is_positive, 1, -1).astype(np.float32)
        positives.data = is_positive.astype(np.float32)
        positives.eliminate_zeros()
        return Problem(
            entries=entries,
            user_penalty=regularization * entries_per_row(positives).astype(float),
            item_penalty=regularization * item_counts(positives).astype(float),
            features=None,
            feature_regularization=0.0,
        )


def settings_of(params: Params) -> SparkSettings:
    """Those for Spark. ConfigError if the section has none."""
    if params.spark is None:
        raise ConfigError(
            "params.yaml: key train_als.spark is missing; restore it with "
            "`git checkout params.yaml` or write it (docs/scale.md)"
        )
    return params.spark


def dislike_weight(params: Params) -> float:
    """Of a dislike, as a share of alpha; 0 where Spark is not told of dislikes."""
    told = settings_of(params)
    is_told = params.dislikes == "negative" and told.alpha * told.dislike_weight > 1
    return told.dislike_weight if is_told else 0.0


def ratings(known: Interactions, params: Params) -> Ratings:
    """What Spark is told. ConfigError if a positive's c is 1 or less; ValueError for a cell that is
    a positive and a dislike.
    """
    alpha, weight = settings_of(params).alpha, dislike_weight(params)
    liked = known.confidence.astype(np.float64)
    liked.sum_duplicates()
    liked.eliminate_zeros()
    if liked.nnz and alpha * liked.data.min() <= 1:
        raise ConfigError(
            f"params.yaml: train_als.spark.alpha: {alpha:g} times the confidence of a positive "
            f"({liked.data.min():g}) must be more than 1; raise it over {1 / liked.data.min():g}"
        )
    liked.data = alpha * liked.data - 1
    disliked = known.dislikes if weight else csr_matrix(liked.shape)
    disliked = rows_kept(disliked, entries_per_row(liked) > 0)
    disliked = columns_kept(disliked, item_counts(liked) > 0)
    disliked.data = np.full(disliked.nnz, alpha * weight - 1)
    signed = (liked - disliked).astype(np.float32)
    if signed.nnz != liked.nnz + disliked.nnz:
        raise ValueError("some cells are positives and dislikes at once")
    signed.sort_indices()
    return Ratings(signed, known.dislikes.nnz - disliked.nnz)
