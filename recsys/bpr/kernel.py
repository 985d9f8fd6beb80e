"""The compiled half of BPR: negatives, an order in which threads cannot meet, and the steps
themselves.

Block-stratified descent (Gemulla et al., 2011) for triples (user, positive, negative): an epoch
deals the users into B blocks and the items into 2 B. A round-robin tournament pairs the item
blocks, B pairs in each of 2 B - 1 rounds, and B shifts of a round give each pair another user
block. The B cells of one shift share neither users nor items, so that they can run at once; every
triple has its cell, wherever its negative was drawn. Neither B nor a random number depends on the
number of threads, and neither do the factors.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"
# numba finds the types at the first call; dozens of array types in signatures would say less than
# the docstrings
import numpy as np
from numba import prange

from recsys.program.kernel_cache import cached_njit

CHUNKS = 64  # of the positives, for drawing and sorting
TRIES = 16  # to find a popular item that a user has not touched
NO_NEGATIVE = -1  # of a user who likes everything, unless a dislike is drawn
OTHER, POPULAR, DISLIKE = range(3)  # kinds of negatives
# times the length of a step with a popular or disliked negative
HARD_STEP = np.float32(0.3)

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
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
# threads where it says prange and nowhere else: quick to compile
_LOOPS = {name: name == "prange" for name in _PASSES}
# sums may be regrouped into vectors, but infinities keep their meaning
_VECTORS = {"reassoc", "contract", "nsz", "arcp"}


@cached_njit()
def _mix(x):
    """A random 64-bit number for each x (SplitMix64; Steele et al., 2014)."""
    x = x + GOLDEN
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@cached_njit()
def _below(x, n):
    """The random number x as an integer in [0, n), by its upper half (Lemire, 2019)."""
    return np.int64(((x >> np.uint64(32)) * np.uint64(n)) >> np.uint64(32))


@cached_njit()
def _missing(row, k):
    """The k-th integer (from 0) that does not stand in the sorted row: not a positive, without a
    rejection.
    """
    low, high = 0, len(row)
    while low < high:
        middle = (low + high) // 2
        if row[middle] - middle <= k:
            low = middle + 1
        else:
            high = middle
    return k + low


@cached_njit()
def _stands_in(row, item):
    at = np.searchsorted(row, item)
    return at < len(row) and row[at] == item


@cached_njit()
def _draw(x, liked, bad, items, positives, dislikes, popular):
    """A negative by the random number x, and its kind."""
    share = np.float64(x >> np.uint64(11)) * 2.0**-53
    x = _mix(x)
    if share < dislikes and len(bad):
        return np.int64(bad[_below(x, len(bad))]), DISLIKE
    if len(liked) == items:
        return np.int64(NO_NEGATIVE), OTHER
    if share >= 1.0 - popular:
        for _ in range(TRIES):
            item = positives[_below(x, len(positives))]
            if not (_stands_in(liked, item) or _stands_in(bad, item)):
                return np.int64(item), POPULAR
            x = _mix(x)
    return _missing(liked, _below(x, items - len(liked))), OTHER


@cached_njit(parallel=_LOOPS)
def triples_of_epoch(key, users, liked, bad, shares, user_block, item_block, cell_of):
    """Triples (n, 3) int32 in the order of their cells, the kinds of their negatives (n,) int8, and
    where each cell begins (cells + 1,) int64.

    `liked` and `bad` are (indptr, indices) of sorted rows, `users` (n,) int32 is the row of each
    positive; `cell_of` as cells() gives it. A triple without a negative is left out.
    """
    positives, items, cells = liked[1], len(item_block), cell_of.max() + 1
    n = len(positives)
    negative, cell = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int16)
    kind = np.empty(n, dtype=np.int8)
    place = np.zeros((CHUNKS, cells), dtype=np.int64)
    for chunk in prange(CHUNKS):
        for p in range(n * chunk // CHUNKS, n * (chunk + 1) // CHUNKS):
            u, i = users[p], positives[p]
            row = positives[liked[0][u] : liked[0][u + 1]]
            dislikes = bad[1][bad[0][u] : bad[0][u + 1]]
            x = _mix(key + np.uint64(p) * GOLDEN)
            j, kind[p] = _draw(x, row, dislikes, items, positives, shares[0], shares[1])
            negative[p] = j
            if j != NO_NEGATIVE:
                cell[p] = cell_of[user_block[u], item_block[i], item_block[j]]
                place[chunk, cell[p]] += 1
    begin = np.empty(cells + 1, dtype=np.int64)
    at = 0
    for c in range(cells):
        begin[c] = at
        for chunk in range(CHUNKS):
            at, place[chunk, c] = at + place[chunk, c], at
    begin[cells] = at
    triples, kinds = np.empty((at, 3), dtype=np.int32), np.empty(at, dtype=np.int8)
    for chunk in prange(CHUNKS):
        for p in range(n * chunk // CHUNKS, n * (chunk + 1) // CHUNKS):
            if negative[p] != NO_NEGATIVE:
                to = place[chunk, cell[p]]
                place[chunk, cell[p]] = to + 1
                triples[to, 0], triples[to, 1], triples[to, 2] = (
                    users[p],
                    positives[p],
                    negative[p],
                )
                kinds[to] = kind[p]
    return triples, kinds, begin


@cached_njit()
def _shuffle(triples, kinds, x):
    """Fisher and Yates, in place, by the random number x."""
    for t in range(len(triples) - 1, 0, -1):
        x = _mix(x)
        other = _below(x, t + 1)
        for k in range(3):
            triples[t, k], triples[other, k] = triples[other, k], triples[t, k]
        kinds[t], kinds[other] = kinds[other], kinds[t]


@cached_njit(fastmath=_VECTORS, error_model="numpy")
def _steps(X, Y, triples, kinds, rate, regularization):
    """One step for each triple; how many were in the right order."""
    bias = X.shape[1] - 1
    one, keep = np.float32(1), np.float32(1) - rate * regularization
    right = 0
    for t in range(len(triples)):
        kind = kinds[t]
        x, liked, other = X[triples[t, 0]], Y[triples[t, 1]], Y[triples[t, 2]]
        margin = np.float32(0)
        for k in range(bias + 1):
            margin += x[k] * (liked[k] - other[k])
        if margin > 0:
            right += 1
        step = rate / (one + np.exp(margin))
        if kind != OTHER:
            step *= HARD_STEP
        for k in range(bias):
            a, b, c = x[k], liked[k], other[k]
            x[k] = keep * a + step * (b - c)
            liked[k] = keep * b + step * a
            other[k] = keep * c - step * a
        if kind != POPULAR:
            liked[bias] = keep * liked[bias] + step
            other[bias] = keep * other[bias] - step
    return right


@cached_njit(parallel=_LOOPS)
def descend(X, Y, triples, kinds, begin, lanes, key, rate, regularization):
    """Take the steps of an epoch in X (users, f + 1) and Y (items, f + 1), which may have more
    columns; how many triples of each cell were in the right order, (cells,) int64.

    `triples`, `kinds` and `begin` as triples_of_epoch() gives them; they are shuffled in place. For
    a hard negative the step is HARD_STEP times as long; a popular one moves no biases.
    """
    right = np.zeros(len(begin) - 1, dtype=np.int64)
    for phase in range((len(begin) - 1) // lanes):
        for lane in prange(lanes):
            cell = phase * lanes + lane
            mine = triples[begin[cell] : begin[cell + 1]]
            of_mine = kinds[begin[cell] : begin[cell + 1]]
            # many cells are random enough, and leave the users in the order of memory
            if lanes == 1:
                _shuffle(mine, of_mine, key)
            right[cell] = _steps(X, Y, mine, of_mine, rate, regularization)
    return right


def cells(lanes: int) -> np.ndarray:
    """The cell of a triple by the blocks of its user, positive and negative.

    The table is (lanes, 2 lanes, 2 lanes) int16.
    `lanes` cells that follow each other, from a multiple of `lanes` on, share nothing. Item blocks
    are paired by the circle method of round-robin tournaments: the last block sits still, the
    others turn. With both items in one block any cell of that block would do: another one for each
    user block, to even them out.
    """
    blocks = 2 * lanes
    cell_of = np.empty((lanes, blocks, blocks), dtype=np.int16)
    for turn in range(blocks - 1):
        pairs = [(turn, blocks - 1)]
        pairs += [
            ((turn + k) % (blocks - 1), (turn - k) % (blocks - 1))
            for k in range(1, lanes)
        ]
        for slot, (one, other) in enumerate(pairs):
            for user in range(lanes):
                shift = (user - slot) % lanes
                cell_of[user, [one, other], [other, one]] = (
                    turn * lanes + shift
                ) * lanes + slot
    for user, block in np.ndindex(lanes, blocks):
        cell_of[user, block, block] = cell_of[user, block, (block + 1 + user) % blocks]
    return cell_of
