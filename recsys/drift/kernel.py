"""The compiled half of resampled.py: sums over drawn units, and how far their top items shift.

One thread in one order, and the random numbers are arguments.
"""

# mypy: disable-error-code="no-untyped-def, untyped-decorator"
import numpy as np
from numba import njit

from recsys.program.kernel_cache import cached_njit

inlined = njit(forceinline=True)


BLOCK = 8192  # cards that stay in the cache of a core while units are drawn out of them


@cached_njit(nogil=True)
def sums_of_draws(cards, taken, chance, begin, item, items):
    """Sums over units that are drawn out of `cards` (pool, 2) float64 without putting back, a draw
    for each row of `taken` and `chance`: (draws, items + 2) float64.

    `taken` (draws, blocks) int64 says how many of each BLOCK of cards are drawn, `chance` (draws,
    units) float64 in [0, 1) which. The columns are events by item, then their comment quality, then
    how many they are; a card, `begin` and `item` are those of Units. The cards of a block are
    shuffled in place: Fisher and Yates, begun and not ended, which leaves a draw as random whatever
    the order was before.
    """
    draws = len(chance)
    sums = np.zeros((draws, items + 2))
    at = np.zeros(draws, dtype=np.int64)
    for b in range(taken.shape[1]):
        block = cards[b * BLOCK : (b + 1) * BLOCK]
        for d in range(draws):
            row = sums[d]
            quality, events = 0.0, 0
            for n in range(taken[d, b]):
                other = n + np.int64(chance[d, at[d] + n] * (len(block) - n))
                bought, value = block[other, 0], block[other, 1]
                block[other, 0], block[other, 1] = block[n, 0], block[n, 1]
                block[n, 0], block[n, 1] = bought, value
                quality += value
                code = np.int64(bought)
                if code >= 0:
                    row[code] += 1
                    events += 1
                    continue
                unit = -1 - code
                for e in range(begin[unit], begin[unit + 1]):
                    row[item[e]] += 1
                events += begin[unit + 1] - begin[unit]
            at[d] += taken[d, b]
            row[items] += quality
            row[items + 1] += events
    return sums


@inlined
def _put(count, item, counts, top):
    """Put an item into its place among the top ones, which fall by count; the last one leaves."""
    at = len(top) - 1
    while at > 0 and counts[at - 1] < count:
        counts[at] = counts[at - 1]
        top[at] = top[at - 1]
        at -= 1
    counts[at] = count
    top[at] = item


@inlined
def _alike(counts, top, is_first):
    """How many items stand in both rows of `top` (2, k), and in either; one of no `counts` in none.
    `is_first` (items,) bool comes and goes without any.
    """
    both, either = 0, 0
    for t in range(top.shape[1]):
        if counts[0, t] > 0:
            is_first[top[0, t]] = True
            either += 1
    for t in range(top.shape[1]):
        if counts[1, t] > 0:
            both += is_first[top[1, t]]
            either += not is_first[top[1, t]]
    for t in range(top.shape[1]):
        is_first[top[0, t]] = False
    return both, either


@cached_njit(nogil=True)
def shifts_of_top(windows, total, items, k):
    """1 - Jaccard similarity of the k items that have most in a window and those that have most in
    the rest of `total` (items + 2,), (n,) float64, for each of `windows` (n, items + 2).

    Of equal ones the first is taken; an item without events is none of them.
    """
    shifts = np.empty(len(windows))
    counts, top = np.empty((2, k)), np.zeros((2, k), dtype=np.int64)
    is_first = np.zeros(items, dtype=np.bool_)
    for n in range(len(windows)):
        counts[:] = 0
        for i in range(items):
            one, other = windows[n, i], total[i] - windows[n, i]
            if one > counts[0, k - 1]:
                _put(one, i, counts[0], top[0])
            if other > counts[1, k - 1]:
                _put(other, i, counts[1], top[1])
        both, either = _alike(counts, top, is_first)
        shifts[n] = 1 - both / max(either, 1)
    return shifts
