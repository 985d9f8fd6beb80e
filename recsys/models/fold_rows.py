"""A fit without the validation fold, as much of it as the fold is judged by: it is made in
training, and says afterwards what a blend of two models would give.

<folder>/fold.npz   user_factors (judges, f), item_factors (items, f) float32; without rows where
                    training has made no such fit (a warm start, `search: off`, nothing held out)
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.interactions import users_of
from recsys.files.arrays import read_arrays, write_arrays
from recsys.program.errors import DataError
from recsys.ranking.top_k import Scorer

FILE = "fold.npz"
NOTHING = np.zeros((0, 0), np.float32)


@dataclass(frozen=True)
class FoldRows:
    """Factors of the users who judge, in the order of their indices, and of all items."""

    user_factors: np.ndarray  # (judges, f) float32
    item_factors: np.ndarray  # (items, f) float32

    @classmethod
    def of(
        cls, user_factors: np.ndarray, item_factors: np.ndarray, held_out: csr_matrix
    ) -> "FoldRows":
        """Of a fit (users, f), (items, f) whose judges have an entry in `held_out`, csr (users,
        items).
        """
        return cls(user_factors[users_of(held_out)], item_factors)

    def scorer(self, held_out: csr_matrix) -> Scorer:
        """Scores of the judges, who have an entry in `held_out` (users, items)."""
        place = np.zeros(held_out.shape[0], np.int64)
        place[users_of(held_out)] = np.arange(len(self.user_factors))
        return lambda users: self.user_factors[place[users]] @ self.item_factors.T


def write(folder: Path, rows: FoldRows | None) -> None:
    """Write the file, whole or not at all."""
    users, items = (
        (rows.user_factors, rows.item_factors) if rows else (NOTHING, NOTHING)
    )
    write_arrays(folder / FILE, user_factors=users, item_factors=items)


def read(folder: Path, judges: int, items: int) -> FoldRows | None:
    """What `write` has written; None if there was no such fit. DataError if the file is missing,
    torn, or of another fold.
    """
    path = folder / FILE
    arrays = read_arrays(path, "a fit on the validation fold", f"train_{folder.name}")
    try:
        rows = FoldRows(arrays["user_factors"], arrays["item_factors"])
        shapes = rows.user_factors.shape, rows.item_factors.shape
        if shapes == (NOTHING.shape, NOTHING.shape):
            return None
        (found, width), (found_items, width_of_items) = shapes
    except (KeyError, ValueError):
        raise DataError(f"{path}: not a fit; run `dvc repro` to make it") from None
    if (found, found_items, width) != (judges, items, width_of_items):
        raise DataError(f"{path}: a fit on another fold; run `dvc repro` to make it")
    return rows
