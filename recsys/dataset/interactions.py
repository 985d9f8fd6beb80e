"""The validation fold: what settings are chosen by. The test fold is for the final figures only.

process writes each user's latest training positive (the second-latest of all under leave-one-out)
to validation.parquet. Whoever chooses takes these positives out of the training matrices, fits on
the rest, and ranks.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_matrix


@dataclass(frozen=True)
class Interactions:
    """What a model learns from: csr matrices (users, items) float32 of one shape."""

    confidence: csr_matrix  # rating + comment quality of the positives
    binary: csr_matrix  # 1 where there is a positive
    dislikes: csr_matrix  # 1 where there is a dislike

    @property
    def seen(self) -> csr_matrix:
        """1 or more where a user has touched an item: it is not recommended to him again."""
        return (self.binary + self.dislikes).tocsr()

    def without(self, held_out: csr_matrix) -> "Interactions":
        """The same without these positives."""
        return replace(
            self,
            confidence=taken_out(self.confidence, held_out),
            binary=taken_out(self.binary, held_out),
        )

    def without_items(self, gone: np.ndarray) -> "Interactions":
        """The same without any interaction of the items that `gone` (items,) bool marks."""
        return Interactions(
            *(columns_kept(one, ~gone) for one in (self.confidence, self.binary, self.dislikes))
        )


def columns_kept(matrix: csr_matrix, kept: np.ndarray) -> csr_matrix:
    """csr of the same shape with the entries of the columns that `kept` (columns,) bool marks."""
    cells = kept[matrix.indices]
    before = np.concatenate([[0], np.cumsum(cells)])
    indptr = before[matrix.indptr].astype(matrix.indptr.dtype)
    return csr_matrix((matrix.data[cells], matrix.indices[cells], indptr), matrix.shape)


def taken_out(matrix: csr_matrix, cells: csr_matrix) -> csr_matrix:
    """`matrix` without the entries that `cells` has; both csr with sorted columns in each row."""
    keys, gone = (_keys(one) for one in (matrix, cells))
    keep = ~np.isin(keys, gone)
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))[keep]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=matrix.shape[0]))])
    return csr_matrix(
        (matrix.data[keep], matrix.indices[keep], indptr.astype(matrix.indptr.dtype)), matrix.shape
    )


def _keys(matrix: csr_matrix) -> np.ndarray:
    """One integer for each entry, (nnz,) int64."""
    rows = np.repeat(np.arange(matrix.shape[0], dtype=np.int64), np.diff(matrix.indptr))
    keys: np.ndarray = rows * matrix.shape[1] + matrix.indices
    return keys


def some_users(held_out: csr_matrix, most: int) -> csr_matrix:
    """The rows of at most `most` users who have an entry, evenly spread over their indices; the
    others are empty.
    """
    users = np.flatnonzero(np.diff(held_out.indptr))
    if len(users) <= most:
        return held_out
    kept = np.zeros(held_out.shape[0], dtype=bool)
    kept[users[np.arange(most) * len(users) // most]] = True
    cells = np.repeat(kept, np.diff(held_out.indptr))
    indptr = np.concatenate([[0], np.cumsum(np.where(kept, np.diff(held_out.indptr), 0))])
    return csr_matrix((held_out.data[cells], held_out.indices[cells], indptr), held_out.shape)


def positives(user_items: csr_matrix) -> np.ndarray:
    """The number of training positives of each item, (items,) int64."""
    counts: np.ndarray = np.bincount(user_items.indices, minlength=user_items.shape[1])
    return counts
