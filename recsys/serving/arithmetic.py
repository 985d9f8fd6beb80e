"""What a list is computed by, in NumPy alone: the service loads neither Numba nor SciPy.

They would cost it half a second at the start and a hundred megabytes, and for one user at a time
they gain little. Each row has the same bits whatever rows are beside it.
"""

from itertools import pairwise

import numpy as np

MOST_HELD = (
    3000  # items whose cosines are held, 36 MB; of more they are computed a request
)
LARGER = 4  # times as many cells as entries may be held to add rows up faster
ROUNDING = 1e-6  # of a sum of float32, relative; as in recsys/ranking/hybrid.py


def products(rows: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """`rows` (n, f) times each row of `matrix` (items, f), (n, items) float32; each of the rows by
    itself: a product of many rows at once would have other last bits.
    """
    multiplied: np.ndarray = np.matmul(rows[:, None, :], matrix.T)[:, 0]
    return multiplied


def likeness(vectors: np.ndarray) -> np.ndarray | None:
    """Cosines (items, items) float32 of vectors (items, d) of length 1, where they are few enough
    to be held; else None.
    """
    return vectors @ vectors.T if len(vectors) <= MOST_HELD else None


def z_scores(scores: np.ndarray) -> np.ndarray:
    """As hybrid.z_scores, but for its last bits: each row of (n, items) float32 minus its mean over
    its standard deviation; zeros where all are equal but for rounding.
    """
    away = scores.astype(np.float64)
    items = away.shape[1]
    mean = np.add.reduce(away, axis=1, keepdims=True) / items
    away -= mean
    away *= away
    spread = np.sqrt(np.add.reduce(away, axis=1, keepdims=True) / items)
    largest = np.maximum(scores.max(axis=1), -scores.min(axis=1))[:, None]
    flat = spread <= ROUNDING * largest
    scaled: np.ndarray = scores - mean.astype(np.float32)
    if flat.any():
        scaled[flat[:, 0]], spread[flat] = 0, 1
    scaled *= (1 / spread).astype(np.float32)
    return scaled


def dense(
    indptr: np.ndarray, columns: np.ndarray, values: np.ndarray
) -> np.ndarray | None:
    """A csr (items, items) float32 as a matrix, where that is not much larger; else None."""
    items = len(indptr) - 1
    if not len(values) or items * items > LARGER * len(values):
        return None
    made = np.zeros((items, items), np.float32)
    for row, (begin, end) in enumerate(pairwise(indptr.tolist())):
        made[row, columns[begin:end]] = values[begin:end]
    return made


def add_rows(
    total: np.ndarray,
    rows: list[int],
    counts: np.ndarray,
    indptr: np.ndarray,
    columns: np.ndarray,
    values: np.ndarray,
) -> None:
    """Add to `total` (columns,) float32 the `rows` of a csr, in place, one after the other, each
    times what it counts, (rows,) float32.
    """
    for row, count in zip(rows, counts, strict=True):
        cells = slice(int(indptr[row]), int(indptr[row + 1]))
        total[columns[cells]] += count * values[cells]  # a column stands once in a row


def best(scores: np.ndarray, k: int) -> np.ndarray:
    """The best k of `scores` (items,) float32 in falling order, the smaller index first at a tie;
    fewer where only -inf is left. ValueError on NaN.
    """
    k = min(k, len(scores))
    if k < 1:
        raise ValueError(f"a list of {k} products")
    at = len(scores) - k
    highest = np.partition(scores, at)[at:]  # NaN is above all
    if np.isnan(highest).any():
        raise ValueError("a score is not a number")
    chosen = (scores >= highest[0]).nonzero()[0]
    kept = scores[chosen]
    order = (-kept).argsort(kind="stable")[:k]
    top: np.ndarray = chosen[order[kept[order] > -np.inf]]
    return top
