"""Numbers mixed so that each bit depends on all bits: what hashes are made of, and rows that are
the same, found by them: what is computed of each need be only once.
"""

import numpy as np


def mixed(values: np.ndarray) -> np.ndarray:
    """A 64-bit hash of each value, uint64 of the same shape: the finalizer of SplitMix64 (Steele,
    Lea and Flood, 2014). Different values have different ones.
    """
    found = (values ^ values >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    found = (found ^ found >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return np.asarray(found ^ found >> np.uint64(31))


def distinct_rows(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different ones of `rows` (n, m) of numbers, and which of them each row is, (n,) int64;
    all rows as they are where most are different.

    Found by hashes, and compared: where two share one, all rows are taken for different.
    """
    hashes = np.zeros(len(rows), np.uint64)
    for column in rows.T:
        bits = np.ascontiguousarray(column).view(f"u{column.itemsize}")
        hashes = mixed(hashes + bits + np.uint64(1))
    _, first, kind = np.unique(hashes, return_index=True, return_inverse=True)
    if 2 * len(first) > len(rows):
        return rows, np.arange(len(rows))
    kinds = rows[first]
    for at, column in enumerate(rows.T):
        if not np.array_equal(kinds[kind, at], column, equal_nan=True):
            return rows, np.arange(len(rows))
    return kinds, kind
