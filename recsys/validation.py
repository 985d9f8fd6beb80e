"""The validation fold: what settings are chosen by. The test fold is for the final figures only.

process writes each user's latest training positive (the second-latest of all under leave-one-out) to
validation.parquet. Whoever chooses takes these positives out of the training matrices, fits on the rest, and ranks.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from recsys import ranking
from recsys.errors import DataError
from recsys.processed import Ids, read_matrix
from recsys.tables import read_table

METRICS = ("recall_at_10", "ndcg_at_10")
CUTOFFS = [10]


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
        return replace(self, confidence=taken_out(self.confidence, held_out), binary=taken_out(self.binary, held_out))

    def without_items(self, gone: np.ndarray) -> "Interactions":
        """The same without any interaction of the items that `gone` (items,) bool marks."""
        return Interactions(*(columns_kept(one, ~gone) for one in (self.confidence, self.binary, self.dislikes)))


def columns_kept(matrix: csr_matrix, kept: np.ndarray) -> csr_matrix:
    """csr of the same shape with the entries of the columns that `kept` (columns,) bool marks."""
    cells = kept[matrix.indices]
    before = np.concatenate([[0], np.cumsum(cells)])
    indptr = before[matrix.indptr].astype(matrix.indptr.dtype)
    return csr_matrix((matrix.data[cells], matrix.indices[cells], indptr), matrix.shape)


def read_interactions(processed: Path, ids: Ids) -> Interactions:
    """The three matrices that process wrote. DataError names the one that is missing or torn."""
    names = ("X_train_confidence", "X_train_binary", "X_hard_negatives")
    return Interactions(*(read_matrix(processed, name, ids) for name in names))


def read_pairs(path: Path, shape: tuple[int, int]) -> csr_matrix:
    """csr (users, items) float32 with a 1 at each user_index and item_index of the table."""
    table = read_table(path, ["user_index", "item_index"])
    if not all(kind.is_integer() for kind in table.dtypes) or sum(table.null_count().row(0)):
        raise DataError(f"{path}: an index that is no whole number; delete it and run `dvc repro process`")
    table = table.unique()
    user, item = table["user_index"].to_numpy(), table["item_index"].to_numpy()
    if ((user < 0) | (user >= shape[0]) | (item < 0) | (item >= shape[1])).any():
        raise DataError(f"{path}: an index outside of {shape[0]} users and {shape[1]} items; run `dvc repro process`")
    return csr_matrix((np.ones(len(table), dtype=np.float32), (user, item)), shape=shape)


def taken_out(matrix: csr_matrix, cells: csr_matrix) -> csr_matrix:
    """`matrix` without the entries that `cells` has; both csr with sorted columns in each row."""
    keys, gone = (_keys(one) for one in (matrix, cells))
    keep = ~np.isin(keys, gone)
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))[keep]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=matrix.shape[0]))])
    return csr_matrix((matrix.data[keep], matrix.indices[keep], indptr.astype(matrix.indptr.dtype)), matrix.shape)


def _keys(matrix: csr_matrix) -> np.ndarray:
    """One integer for each entry, (nnz,) int64."""
    rows = np.repeat(np.arange(matrix.shape[0], dtype=np.int64), np.diff(matrix.indptr))
    keys: np.ndarray = rows * matrix.shape[1] + matrix.indices
    return keys


def metrics_of(score: ranking.Scorer, seen: csr_matrix, held_out: csr_matrix) -> dict[str, np.ndarray]:
    """recall_at_10 and ndcg_at_10 of each user with a held-out positive, (users,) in index order."""
    per_user, _ = ranking.evaluate(score, seen, held_out, CUTOFFS)
    return {name: per_user[name] for name in METRICS}


def some_users(held_out: csr_matrix, most: int) -> csr_matrix:
    """The rows of at most `most` users who have an entry, evenly spread over their indices; the others are empty."""
    users = np.flatnonzero(np.diff(held_out.indptr))
    if len(users) <= most:
        return held_out
    kept = np.zeros(held_out.shape[0], dtype=bool)
    kept[users[np.arange(most) * len(users) // most]] = True
    cells = np.repeat(kept, np.diff(held_out.indptr))
    indptr = np.concatenate([[0], np.cumsum(np.where(kept, np.diff(held_out.indptr), 0))])
    return csr_matrix((held_out.data[cells], held_out.indices[cells], indptr), held_out.shape)
