"""The compiled half of ranking: the best items of a row, and rows on one scale.

A row of scores is one user's, over all items. Rows are independent, so threads cannot meet and the
bytes do not depend on how many there are. Sums are in float64 and in the order of the items.
"""

# mypy: disable-error-code="no-untyped-def, untyped-decorator"
import numpy as np
from numba import njit, prange

# threads where it says prange and nowhere else: quick to compile
_PASSES = (
    "comprehension",
    "fusion",
    "inplace_binop",
    "numpy",
    "prange",
    "reduction",
    "setitem",
    "stencil",
)
LOOPS = {name: name == "prange" for name in _PASSES}
NONE = -1  # the place of an item that there is not


CHUNK = 64  # items that are looked at together
FLIP = np.int32(0x7FFFFFFF)
HIGHEST = np.int32(
    0x7F800000
)  # +inf as an ordered integer; above it stand the positive NaNs
LOWEST = np.int32(~0x7F800000)  # -inf; below it stand the negative NaNs


@njit(cache=True)
def _ends(bits):
    """The greatest and the least of some float32, read as int32 in the order of the numbers."""
    high, low = LOWEST, HIGHEST
    for i in range(len(bits)):
        key = bits[i] ^ ((bits[i] >> np.int32(31)) & FLIP)
        high = max(high, key)
        low = min(low, key)
    return high, low


@njit(cache=True)
def _put(value, item, top, items):
    """Put an item into its place among the best ones, which fall by value; the last one leaves."""
    at = len(top) - 1
    while at > 0 and top[at - 1] < value:
        top[at] = top[at - 1]
        items[at] = items[at - 1]
        at -= 1
    top[at] = value
    items[at] = item


def best_of_rows(scores: np.ndarray, k: int) -> tuple[np.ndarray, bool]:
    """Items (rows, k) int32 by falling score, the smaller index first at a tie; -1 where only
    scores of -inf are left. `scores` (rows, items) are float32, each row in one piece.

    The second value says whether a score is NaN: the caller refuses it.
    """
    rows = len(scores)
    best = np.full((rows, k), NONE, dtype=np.int32)
    top = np.full((rows, k), -np.inf, dtype=np.float32)
    wrong = np.zeros(rows, dtype=np.bool_)
    _fill(scores, scores.view(np.int32), best, top, top.view(np.int32), wrong)
    return best, bool(wrong.any())


@njit(cache=True, parallel=LOOPS)
def _fill(scores, bits, best, top, top_bits, wrong):
    """Fill in what best_of_rows gives; `bits` and `top_bits` are the same numbers as int32."""
    rows, items = scores.shape
    last = best.shape[1] - 1
    for r in prange(rows):
        for begin in range(0, items, CHUNK):
            end = min(begin + CHUNK, items)
            high, low = _ends(bits[r, begin:end])
            if high > HIGHEST or low < LOWEST:
                wrong[r] = True
            least = top_bits[r, last]
            if high <= least ^ ((least >> np.int32(31)) & FLIP):
                continue
            for item in range(begin, end):
                if scores[r, item] > top[r, last]:
                    _put(scores[r, item], item, top[r], best[r])


@njit(cache=True, parallel=LOOPS)
def z_rows(scores, rounding):
    """Each row of `scores` (rows, items) float32 minus its mean, over its standard deviation, in
    place; zeros where all differ by no more than `rounding` times the largest.
    """
    rows, items = scores.shape
    for r in prange(rows):
        row = scores[r]
        total, largest = 0.0, 0.0
        for i in range(items):
            total += row[i]
            largest = max(largest, abs(row[i]))
        mean = total / items
        squares = 0.0
        for i in range(items):
            squares += (row[i] - mean) ** 2
        spread = np.sqrt(squares / items)
        if spread > rounding * largest:
            for i in range(items):
                row[i] = (row[i] - mean) / spread
        else:
            row[:] = 0
