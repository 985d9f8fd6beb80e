"""The compiled half of recsys/ranking/places.py: one item's place by many weighted sums of parts.

Most items stand before the one that is looked for by all weights or by none: how far each part of
theirs is above its own, and the smallest and the largest weight of that part, bound the difference
of the two sums from both sides. Those that are surely before are counted once for all weights that
weigh popularity, which spreads widest, alike; only what is left is added up by each of them.

Inner loops run over a slice from its beginning, over integers of 32 bits, as in
recsys/ranking/kernel.py. What is inlined stands in this file: numba's cache knows no other one.
"""

# mypy: disable-error-code="no-untyped-def, untyped-decorator"
import numpy as np
from numba import njit

from recsys.program.kernel_cache import cached_njit

STRETCH = 256  # items after which a place may be given up
WORD = 8  # marks that are read at once
# of a difference of sums of four float32, for the sum of their sizes
ROUNDING = np.float32(4e-6)

inlined = njit(forceinline=True)
once = njit(nogil=True)  # compiled once for all who call it


@inlined
def _widen(part, own, least, most, high, low):
    """Add to `high` and `low` how much more, at most and at least, a part may weigh of each item
    than of its own, by a weight from `least` to `most`.
    """
    size = ROUNDING * max(abs(least), abs(most))
    for i in range(len(part)):
        more = part[i] - own
        one, other = least * more, most * more
        error = size * (abs(part[i]) + abs(own))
        high[i] += (one if one > other else other) + error
        low[i] += (other if one > other else one) - error


@inlined
def _widest(part, own, least, most, high, low):
    """Raise `high` and lower `low` to what `_widen` adds of another part."""
    size = ROUNDING * max(abs(least), abs(most))
    for i in range(len(part)):
        more = part[i] - own
        one, other = least * more, most * more
        error = size * (abs(part[i]) + abs(own))
        above = (one if one > other else other) + error
        below = (other if one > other else one) - error
        high[i] = above if above > high[i] else high[i]
        low[i] = below if below < low[i] else low[i]


@inlined
def _mark(high, low, popularity, own, weight, marks):
    """Mark the items that may stand before with 1, unless they surely do: how many do."""
    size = ROUNDING * abs(weight)
    sure = np.int32(0)
    for i in range(len(marks)):
        more = weight * (popularity[i] - own)
        error = size * (abs(popularity[i]) + abs(own))
        is_sure = np.int32(low[i] + more - error > 0)
        # turned about, so that one of which no bound is a number is looked at
        is_out = np.int32(high[i] + more + error < 0)
        marks[i] = np.uint8(1 - (is_sure | is_out))
        sure = np.int32(sure + is_sure)
    return sure


@inlined
def _sum_at(parts, near, at, weight):
    """The weighted sum of item `at`."""
    total = parts[0][at] + weight[0] * parts[1][at]
    total += weight[1] * parts[2][at]
    total += weight[2] * near[at]
    return total


@inlined
def _above(own, before, parts, begin, end, near, weight):
    """How many of the items from `begin` to `end` have a weighted sum above `own`; or equal to it,
    where they stand `before` it.
    """
    factors, content = parts[0, begin:end], parts[1, begin:end]
    popularity, neighbours = parts[2, begin:end], parts[near, begin:end]
    above = np.int32(0)
    for i in range(len(factors)):
        total = factors[i] + weight[0] * content[i]
        total += weight[1] * popularity[i]
        total += weight[2] * neighbours[i]
        found = np.int32(total >= own) if before else np.int32(total > own)
        above = np.int32(above + found)
    return above


@once
def _spans(factors, content, neighbours, r, at, least, most, high, low):
    """Fill `high` and `low` with how far the sums of each item, without popularity, may be above
    those of item `at`; `least` and `most` are the ends of the weights of content and of each kind
    of `neighbours` (kinds, rows, items), of which `r` is the row.
    """
    high[:], low[:] = -np.inf, np.inf
    for m in range(len(neighbours)):
        near = neighbours[m, r]
        _widest(near, near[at], least[m + 1], most[m + 1], high, low)
    _widen(content, content[at], least[0], most[0], high, low)
    _widen(factors, factors[at], np.float32(1), np.float32(1), high, low)


@once
def _let_by(parts, neighbours, r, marks, words, at, kept):
    """Put the parts of the marked items into `kept`; how many these are, and how many were before
    item `at`. `words` are the marks, WORD of them read as one.
    """
    found, before = 0, 0
    for word in range(len(words)):
        if words[word] == 0:
            continue
        for i in range(word * WORD, min((word + 1) * WORD, len(marks))):
            if marks[i]:
                for part in range(len(parts)):
                    kept[part, found] = parts[part][i]
                for m in range(len(neighbours)):
                    kept[len(parts) + m, found] = neighbours[m, r, i]
                found += 1
                before += i < at
    return found, before


@once
def _surely_before(high, low, popularity, at, weight, marks, enough):
    """Mark what may stand before item `at`; how many surely do, up to `enough` or some more."""
    items, sure = len(popularity), 0
    for begin in range(0, items, STRETCH):
        end = min(begin + STRETCH, items)
        sure += _mark(
            high[begin:end],
            low[begin:end],
            popularity[begin:end],
            popularity[at],
            weight,
            marks[begin:end],
        )
        if sure >= enough:
            break
    return sure


@once
def _ends(weights, memory, kinds):
    """The least and the most of the weights of content and of each of the `kinds` of neighbours,
    (1 + kinds,) float32 each; 0 lies between them.
    """
    least, most = np.zeros(kinds + 1, np.float32), np.zeros(kinds + 1, np.float32)
    for w in range(len(weights)):
        for part, weight in ((0, weights[w, 0]), (memory[w] + 1, weights[w, 2])):
            least[part] = min(least[part], weight)
            most[part] = max(most[part], weight)
    return least, most


@once
def _place(own, sure, kept, count, middle, near, weight, deepest):
    """How many stand before: those that surely do, and those of the first `count` of `kept` with a
    larger sum; of those before `middle` such with an equal one, too. At most `deepest`.
    """
    above = sure
    for begin in range(0, count, STRETCH):
        end = min(begin + STRETCH, count)
        border = min(max(middle, begin), end)
        above += _above(own, True, kept, begin, border, near, weight)
        above += _above(own, False, kept, border, end, near, weight)
        if above >= deepest:
            break
    return min(above, deepest)


@cached_njit(nogil=True)
def places_of_sums(
    factors, content, popularity, neighbours, weights, memory, row, item, found
):
    """Fill `found` (weights, n) with the place of `item` (n,) in the order of its `row` (n,) by
    each weighted sum, or the largest that it may hold: `found` comes filled with that, one number.

    Factors and content are (rows, items) float32, `popularity` (items,), `neighbours` (kinds, rows,
    items). `weights` (weights, 3) float32 are of all but the factors, `memory` (weights,) says
    which kind of neighbours each is for; those that weigh popularity alike stand side by side. A
    sum is added up as hybrid.combine does it, so it has the same bits.
    """
    kinds, _, items = neighbours.shape
    high, low = np.empty(items, np.float32), np.empty(items, np.float32)
    words = np.zeros((items + WORD - 1) // WORD, np.uint64)
    marks = words.view(np.uint8)[:items]
    kept = np.empty((3 + kinds, items), np.float32)
    least, most = _ends(weights, memory, kinds)
    for n in range(len(row)):
        r, at = row[n], item[n]
        if factors[r, at] == -np.inf:
            continue
        _spans(factors[r], content[r], neighbours, r, at, least, most, high, low)
        parts = factors[r], content[r], popularity
        sure = count = middle = 0
        for w in range(len(weights)):
            weight, deepest = weights[w], found[w, n]
            if w == 0 or weights[w - 1, 1] != weight[1]:
                sure = _surely_before(
                    high, low, popularity, at, weight[1], marks, deepest
                )
                if sure < deepest:
                    count, middle = _let_by(
                        parts, neighbours, r, marks, words, at, kept
                    )
            if sure >= deepest:
                continue
            own = _sum_at(parts, neighbours[memory[w], r], at, weight)
            part = 3 + memory[w]
            found[w, n] = _place(own, sure, kept, count, middle, part, weight, deepest)
