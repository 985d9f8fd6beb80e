"""The compiled half of recsys/ranking/places.py: one item's place by many weighted sums of parts.

Among very many items most cannot stand before the one that is looked for, whatever the weights: how
far each part of theirs is above its own, and the smallest and the largest weight of that part,
bound the difference of the two sums. Only items that the bound lets pass are added up. First by all
weights, then, of those that are left, by the weights of one popularity, which spreads widest.

Inner loops run over a slice from its beginning, over integers of 32 bits, as in
recsys/ranking/kernel.py. What is inlined stands in this file: numba's cache knows no other one.
"""

# mypy: disable-error-code="no-untyped-def, untyped-decorator"
import numpy as np
from numba import njit

from recsys.program.kernel_cache import cached_njit

STRETCH = 256  # items after which a place may be given up
UNKNOWN = (-1, -1)
# of a difference of sums of four float32, for the sum of their sizes
ROUNDING = np.float32(4e-6)

inlined = njit(forceinline=True)
once = njit(nogil=True)  # compiled once for all who call it


@inlined
def _above(own, before, begin, end, parts, weight):
    """How many of the items from `begin` to `end` have a weighted sum above `own`; or equal to it,
    where they stand `before` it.
    """
    factors, content = parts[0][begin:end], parts[1][begin:end]
    popularity, neighbours = parts[2][begin:end], parts[3][begin:end]
    above = np.int32(0)
    for i in range(len(factors)):
        total = factors[i] + weight[0] * content[i]
        total += weight[1] * popularity[i]
        total += weight[2] * neighbours[i]
        found = np.int32(total >= own) if before else np.int32(total > own)
        above = np.int32(above + found)
    return above


@cached_njit(nogil=True)
def places_of_sums(factors, content, popularity, neighbours, weights, row, item, found):
    """Fill `found` (weights, n) with the place of `item` (n,) in the order of its `row` (n,) by
    each weighted sum, or the largest that it may hold: `found` comes filled with that.

    The parts are (rows, items) float32, `popularity` (items,); `weights` (weights, 3) float32 are
    of all but the factors. A sum is added up as hybrid.combine does it, so it has the same bits. A
    row is given up as soon as so many items stand before.
    """
    items = factors.shape[1]
    for n in range(len(row)):
        r, at = row[n], item[n]
        if factors[r, at] == -np.inf:
            continue
        parts = factors[r], content[r], popularity, neighbours[r]
        for w in range(len(weights)):
            deepest, weight = found[w, n], weights[w]
            own = factors[r, at] + weight[0] * content[r, at]
            own += weight[1] * popularity[at]
            own += weight[2] * neighbours[r, at]
            above = 0
            for begin in range(0, items, STRETCH):
                end = min(begin + STRETCH, items)
                middle = min(max(at, begin), end)
                above += _above(own, True, begin, middle, parts, weight)
                above += _above(own, False, middle, end, parts, weight)
                if above >= deepest:
                    break
            found[w, n] = min(above, deepest)


@once
def _place(own, middle, count, parts, weight, deepest):
    """How many of the first `count` items stand before it, at most `deepest`; of those before
    `middle` such with an equal sum do.
    """
    above = 0
    for begin in range(0, count, STRETCH):
        end = min(begin + STRETCH, count)
        border = min(max(middle, begin), end)
        above += _above(own, True, begin, border, parts, weight)
        above += _above(own, False, border, end, parts, weight)
        if above >= deepest:
            break
    return min(above, deepest)


@inlined
def _bound(low, high, size, own, other):
    """How much more a part may weigh of another item than of its own, and the size of both."""
    more = other - own
    below, above = low * more, high * more
    return above if above > below else below, size * (abs(own) + abs(other))


@once
def _let_pass(weights, at, count, middle, parts, bounds, kept):
    """Put the parts of those of the first `count` items that may stand before the parts `at` (4,)
    by one of the weights (n, 3) into `kept`; how many these are, and how many were before `middle`.
    """
    low, high, size = (
        np.empty(3, np.float32),
        np.empty(3, np.float32),
        np.empty(3, np.float32),
    )
    for k in range(3):
        low[k], high[k] = weights[:, k].min(), weights[:, k].max()
        size[k] = max(abs(low[k]), abs(high[k]))
    factors, content = parts[0][:count], parts[1][:count]
    popularity, neighbours = parts[2][:count], parts[3][:count]
    for i in range(len(factors)):
        f, of_f = factors[i] - at[0], abs(factors[i]) + abs(at[0])
        c, of_c = _bound(low[0], high[0], size[0], at[1], content[i])
        p, of_p = _bound(low[1], high[1], size[1], at[2], popularity[i])
        n, of_n = _bound(low[2], high[2], size[2], at[3], neighbours[i])
        bounds[i] = f + c + p + n + ROUNDING * (of_f + of_c + of_p + of_n)
    found, before = 0, 0
    for i in range(len(factors)):
        if bounds[i] >= 0:  # not of -inf, whose bound is no number
            kept[0, found], kept[1, found] = factors[i], content[i]
            kept[2, found], kept[3, found] = popularity[i], neighbours[i]
            found += 1
            before += i < middle
    return found, before


@cached_njit(nogil=True)
def places_by_bounds(
    factors, content, popularity, neighbours, weights, row, item, sample, found
):
    """What `places_of_sums` fills in, of the same arguments; but those of the `weights` that weigh
    popularity alike stand side by side.

    Most rows are given up among the first `sample` items: bounds are for what is left.
    """
    items = factors.shape[1]
    every, some = np.empty((4, items), np.float32), np.empty((4, items), np.float32)
    bounds = np.empty(items, np.float32)
    at = np.empty(4, np.float32)
    sample = min(items, sample)
    for n in range(len(row)):
        r, own_item = row[n], item[n]
        if factors[r, own_item] == -np.inf:
            continue
        at[0], at[1] = factors[r, own_item], content[r, own_item]
        at[2], at[3] = popularity[own_item], neighbours[r, own_item]
        parts = factors[r], content[r], popularity, neighbours[r]
        of_every, of_some = UNKNOWN, UNKNOWN
        first = last = 0
        for w in range(len(weights)):
            if w == last:
                first, of_some = w, UNKNOWN
                while last < len(weights) and weights[last, 1] == weights[w, 1]:
                    last += 1
            weight, deepest = weights[w], found[w, n]
            own = at[0] + weight[0] * at[1]
            own += weight[1] * at[2]
            own += weight[2] * at[3]
            found[w, n] = _place(own, own_item, sample, parts, weight, deepest)
            if found[w, n] == deepest:
                continue
            if of_every == UNKNOWN:
                of_every = _let_pass(weights, at, items, own_item, parts, bounds, every)
            near = every[0], every[1], every[2], every[3]
            if of_some == UNKNOWN:
                of_some = _let_pass(
                    weights[first:last], at, *of_every, near, bounds, some
                )
            near = some[0], some[1], some[2], some[3]
            count, middle = of_some
            found[w, n] = _place(own, middle, count, near, weight, deepest)
