"""Stretches of an array, one after the other: by where each begins, and how long it is."""

import numpy as np


def cells(begins: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The index of each cell of all stretches (n,), in their order: (sum of counts,) int64."""
    ends = np.cumsum(counts, dtype=np.int64)
    found: np.ndarray = np.repeat(begins - (ends - counts), counts)
    found += np.arange(len(found))
    return found
