"""Rows of a matrix that are the same, byte by byte: what is computed of each need be only once."""

import numpy as np

from recsys.files.mixing import mixed


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
