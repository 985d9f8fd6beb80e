"""One user's row as a csr matrix (1, items) has it, where SciPy need not be loaded for it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class OneUser:
    """What recsys/models/fold_in.py reads of a csr matrix with one row."""

    indices: np.ndarray  # (n,) int32, in rising order
    data: np.ndarray  # (n,) float32
    shape: tuple[int, int]

    @classmethod
    def of(cls, values: Mapping[int, float], items: int) -> "OneUser":
        """The row with these values by item."""
        indices = np.array(sorted(values), dtype=np.int32)
        data = np.array([values[item] for item in sorted(values)], dtype=np.float32)
        return cls(indices, data, (1, items))

    @property
    def indptr(self) -> np.ndarray:
        return np.array([0, len(self.indices)], dtype=np.int32)

    def __getitem__(self, rows: np.ndarray) -> "OneUser":
        """The row itself: there is no other."""
        if rows.tolist() != [0]:
            raise IndexError(f"rows {rows.tolist()} of one user")
        return self
