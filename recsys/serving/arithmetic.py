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
CLEAR = 4 * ROUNDING  # of a row's mean: a spread above it is no rounding
# the best of scores are sought in groups of every so-and-so-many-th
GROUPS, MANY, DEEP = (
    64,
    8,
    4,
)  # at least; a place of the list; scores in a group at least


def products(
    rows: np.ndarray, matrix: np.ndarray, out: np.ndarray | None = None
) -> np.ndarray:
    """`rows` (n, f) times each row of `matrix` (items, f), (n, items) float32, in `out` if that is
    given; each of the rows by itself: a product of many rows at once would have other last bits.
    """
    found = np.empty((len(rows), len(matrix)), np.float32) if out is None else out
    np.matmul(rows[:, None, :], matrix.T, out=found[:, None, :])
    return found


def likeness(vectors: np.ndarray) -> np.ndarray | None:
    """Cosines (items, items) float32 of vectors (items, d) of length 1, where they are few enough
    to be held; else None.
    """
    return vectors @ vectors.T if len(vectors) <= MOST_HELD else None


def z_scores(scores: np.ndarray) -> np.ndarray:
    """As hybrid.z_scores, but for its last bits: each row of (n, items) float32 minus its mean over
    its standard deviation; zeros where all are equal but for rounding.
    """
    scaled = scores.copy()
    scale(scaled)
    return scaled


def scale(scores: np.ndarray) -> None:
    """Put z_scores in the place of `scores` (n, items) float32."""
    away = scores.astype(np.float64)
    items = away.shape[1]
    mean = np.add.reduce(away, axis=1, keepdims=True) / items
    away -= mean
    away *= away
    spread = np.sqrt(np.add.reduce(away, axis=1, keepdims=True) / items)
    flat = None if _none_is_flat(mean, spread) else _flat(scores, spread)
    scores -= mean.astype(np.float32)
    if flat is not None:
        scores[flat], spread[flat] = 0, 1
    scores *= (1 / spread).astype(np.float32)


def _none_is_flat(mean: np.ndarray, spread: np.ndarray) -> bool:
    """Whether that can be said without a look for the largest of each row.

    No value is further from the mean than the spread times the root of how many there are
    (Samuelson's inequality), which is nothing beside 1 / CLEAR.
    """
    pairs = zip(spread[:, 0].tolist(), mean[:, 0].tolist(), strict=True)
    return all(of_row > CLEAR * abs(middle) for of_row, middle in pairs)


def _flat(scores: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """The rows of `scores` (n, items) whose values are equal but for rounding, (flat,) int."""
    largest = np.maximum(scores.max(axis=1), -scores.min(axis=1))
    return np.flatnonzero(spread[:, 0] <= ROUNDING * largest)


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
    least = _least(scores, k)
    chosen = (scores >= least if least > -np.inf else scores > -np.inf).nonzero()[0]
    order = (-scores[chosen]).argsort(kind="stable")[:k]
    top: np.ndarray = chosen[order]
    return top


def _least(scores: np.ndarray, k: int) -> float:
    """A bound that at least k of `scores` (items,) reach, and not many more. ValueError on NaN."""
    groups = max(GROUPS, MANY * k)
    deep = len(scores) // groups
    if deep < DEEP:
        highest = np.partition(scores, len(scores) - k)[-k:]  # NaN is above all
        least, most = float(highest[0]), float(np.maximum.reduce(highest))
    else:  # k groups have a best one that reaches the k-th of them
        head, tail = scores[: deep * groups], scores[deep * groups :]
        highest = np.maximum.reduce(head.reshape(deep, groups), axis=0)
        np.maximum(highest[: len(tail)], tail, out=highest[: len(tail)])
        highest.sort()
        least, most = float(highest[-k]), float(highest[-1])
    if most != most:
        raise ValueError("a score is not a number")
    return least
