"""The compiled half of ranking: the best items of a row, and places in it.

A row of scores is one user's, over all items. Rows are independent, and each is computed by one
thread in one order, so the bytes do not depend on how many threads there are
(recsys/ranking/top_k.py deals blocks of rows out to them).

Inner loops run over a slice from its beginning, over integers of 32 bits: numba asks of an index
that starts elsewhere whether it is below 0, and then the loop is not made of vectors (up to eleven
times slower).
"""

# mypy: disable-error-code="no-untyped-def, untyped-decorator"
import numpy as np
from numba import njit

from recsys.program.kernel_cache import cached_njit

NONE = -1  # the place of an item that there is not
TEN = 10  # places of a list that are looked at together

CHUNK = 64  # items that are looked at together
FLIP = np.int32(0x7FFFFFFF)
# +inf as an ordered integer; above it stand the positive NaNs
HIGHEST = np.int32(0x7F800000)
LOWEST = np.int32(~0x7F800000)  # -inf; below it stand the negative NaNs
MINUS_ZERO = np.int32(-1)

inlined = njit(forceinline=True)


@inlined
def _key(bits):
    """A float32, read as int32, in the order of the numbers."""
    return np.int32(bits ^ np.int32(np.int32(bits >> np.int32(31)) & FLIP))


@inlined
def _put(value, item, top, items):
    """Put an item into its place among the best ones, which fall by value; the last one leaves."""
    at = len(top) - 1
    while at > 0 and top[at - 1] < value:
        top[at] = top[at - 1]
        items[at] = items[at - 1]
        at -= 1
    top[at] = value
    items[at] = item


@inlined
def _ends(bits):
    """The greatest and the least of float32, read as int32."""
    high, low = LOWEST, HIGHEST
    for i in range(len(bits)):
        key = _key(bits[i])
        high, low = max(high, key), min(low, key)
    return high, low


@inlined
def _ends_of_chunk(bits):
    """The same of CHUNK of them: a number of turns that the compiler knows is faster still."""
    high, low = LOWEST, HIGHEST
    for i in range(CHUNK):
        key = _key(bits[i])
        high, low = max(high, key), min(low, key)
    return high, low


@inlined
def _ends_of_chunks(bits, highest):
    """The greatest of each CHUNK of float32, read as int32; whether one of them is NaN."""
    lowest, whole = HIGHEST, len(bits) // CHUNK
    for chunk in range(whole):
        high, low = _ends_of_chunk(bits[chunk * CHUNK : (chunk + 1) * CHUNK])
        highest[chunk], lowest = high, min(lowest, low)
    if whole < len(highest):
        high, low = _ends(bits[whole * CHUNK :])
        highest[whole], lowest = high, min(lowest, low)
    return highest.max() > HIGHEST or lowest < LOWEST


@inlined
def _least_wanted(highest, most):
    """A bound that the best `len(most)` items reach: so many chunks have one that does."""
    most[:] = LOWEST
    last = len(most) - 1
    for high in highest:
        if high > most[last]:
            at = last
            while at > 0 and most[at - 1] < high:
                most[at] = most[at - 1]
                at -= 1
            most[at] = high
    least = most[last]
    return MINUS_ZERO if least == 0 else least  # 0 and -0 are one number


def best_of_rows(scores: np.ndarray, k: int) -> tuple[np.ndarray, bool]:
    """Items (rows, k) int32 by falling score, the smaller index first at a tie; -1 where only
    scores of -inf are left. `scores` (rows, items) are float32, each row in one piece.

    The second value says whether a score is NaN: the caller refuses it.
    """
    best = np.full((len(scores), k), NONE, dtype=np.int32)
    return best, bool(_fill(scores, scores.view(np.int32), best))


@cached_njit(nogil=True)
def _fill(scores, bits, best):
    """Fill in what best_of_rows gives, and whether a score is NaN; `bits` are the scores as int32.

    A first look finds the highest score of each chunk; only chunks that reach the bound which they
    give are looked at again.
    """
    rows, items = scores.shape
    k = best.shape[1]
    highest = np.empty((items + CHUNK - 1) // CHUNK, dtype=np.int32)
    most, top = np.empty(k, dtype=np.int32), np.empty(k, dtype=np.float32)
    wrong = False
    for r in range(rows):
        if _ends_of_chunks(bits[r], highest):
            wrong = True
            continue
        least = _least_wanted(highest, most)
        top[:] = -np.inf
        for chunk in range(len(highest)):
            if highest[chunk] < least:
                continue
            begin = chunk * CHUNK
            keys, values = (
                bits[r, begin : begin + CHUNK],
                scores[r, begin : begin + CHUNK],
            )
            for i in range(len(keys)):
                if _key(keys[i]) >= least and values[i] > top[k - 1]:
                    _put(values[i], begin + i, top, best[r])
    return wrong


def places_of(
    scores: np.ndarray, row: np.ndarray, item: np.ndarray
) -> tuple[np.ndarray, bool]:
    """The place (n,) int32 of `item` (n,) in the order of its `row` (n,): how many items stand
    before it, by falling score, the smaller index first at a tie; -1 where its score is -inf.

    `scores` (rows, items) are float32, each row in one piece. The second value says whether a score
    of such a row is NaN.
    """
    places = np.empty(len(row), dtype=np.int32)
    return places, bool(_count(scores, row, item, places))


@cached_njit(nogil=True)
def _count(scores, row, item, places):
    """Fill in what places_of gives, and whether a score is NaN."""
    wrong = False
    for n in range(len(row)):
        of_row, at = scores[row[n]], item[n]
        own = of_row[at]
        above, unequal = np.int32(0), np.int32(0)
        for i in range(len(of_row)):
            above = np.int32(above + np.int32(of_row[i] > own))
            unequal = np.int32(unequal + np.int32(of_row[i] != of_row[i]))
        for i in range(at):
            above = np.int32(above + np.int32(of_row[i] == own))
        places[n] = NONE if own == -np.inf else above
        if unequal > 0:
            wrong = True
    return wrong


@cached_njit(nogil=True)
def mask(scores, indptr, indices):
    """Set `scores` (rows, items) to -inf, in place, at the entries of a csr of the same shape.

    What stood there, (entries,) float32, for `unmask`.
    """
    former = np.empty(len(indices), dtype=np.float32)
    for r in range(len(scores)):
        for e in range(indptr[r], indptr[r + 1]):
            former[e] = scores[r, indices[e]]
            scores[r, indices[e]] = -np.inf
    return former


@cached_njit(nogil=True)
def unmask(scores, indptr, indices, former):
    """Undo `mask`: from the last entry to the first, as one may stand there twice."""
    for r in range(len(scores)):
        for e in range(indptr[r + 1] - 1, indptr[r] - 1, -1):
            scores[r, indices[e]] = former[e]


@cached_njit(nogil=True)
def fill_places(best, news, is_new, count, items, kept):
    """Fill `items` (rows, k) int32 and `kept` (rows, k) bool: the lists of new_places.py, and which
    places a new item has because they are kept for new ones.

    `best` (rows, k) int32 are the best items of a row, `news` (rows, n) int32 the best new ones in
    the order that new ones have among themselves, NONE where these run out; `is_new` (items,) bool.
    """
    rows, k = best.shape
    for r in range(rows):
        at, passed = 0, 0  # in `best`, and how many of those before were new
        taken, in_ten = 0, 0  # new items in the list, and in this ten of it
        for place in range(k):
            if place % TEN == 0:
                in_ten = 0
            # those that a kept place has taken
            while (
                at < k
                and best[r, at] != NONE
                and is_new[best[r, at]]
                and passed < taken
            ):
                at, passed = at + 1, passed + 1
            is_kept = place % TEN >= TEN - count and in_ten < count
            item = NONE
            if is_kept and taken < news.shape[1] and news[r, taken] != NONE:
                item, kept[r, place] = news[r, taken], True
                taken, in_ten = taken + 1, in_ten + 1
            elif at < k and best[r, at] != NONE:
                item, at = best[r, at], at + 1
                if is_new[item]:
                    item = news[r, taken]
                    taken, passed, in_ten = taken + 1, passed + 1, in_ten + 1
            items[r, place] = item
