"""Compiled arithmetic of many rows with the very bits that NumPy gives one (recsys/serving/
arithmetic.py): the same numbers, added up in the same order.

NumPy halves a row until LEAF numbers are left, and adds these up in LANES (pairwise summation;
Higham 1993, The accuracy of floating point summation).
"""

# mypy: disable-error-code="no-untyped-def, untyped-decorator"
from collections.abc import Iterator
from functools import cache

import numpy as np
from numba import njit

from recsys.program.kernel_cache import cached_njit
from recsys.ranking.rows_kernel import largest_of
from recsys.serving.arithmetic import ROUNDING

LEAF = 128
LANES = 8
DEPTH = 64  # sums that wait for their other half, at most

inlined = njit(forceinline=True)


def z_scored(rows: np.ndarray) -> np.ndarray:
    """As arithmetic.z_scores, but in place: (n, items) float32 in one piece, the same array."""
    _z_rows(rows, _order(rows.shape[1]), np.float32(ROUNDING))
    return rows


@cache
def _order(count: int) -> np.ndarray:
    """How so many numbers are added up: begin and end of each leaf, and how many of the sums that
    wait are added to it then, (leaves, 3) int64.
    """
    return np.array(list(_leaves(0, count)), np.int64).reshape(-1, 3)


def _leaves(begin: int, end: int) -> Iterator[list[int]]:
    count = end - begin
    if count <= LEAF:
        yield [begin, end, 0]
        return
    half = count // 2 // LANES * LANES
    *first, last = _leaves(begin + half, end)
    yield from _leaves(begin, begin + half)
    yield from first
    yield [*last[:2], last[2] + 1]


@inlined
def _away(number, mean, power):
    """A number less the mean; or the square of that."""
    away = np.float64(number) - mean
    return away * away if power == 2 else away


@inlined
def _sum_of_leaf(row, mean, power):
    """What _away gives of at most LEAF numbers, added up in LANES."""
    whole = len(row) // LANES * LANES
    total = 0.0
    if whole:
        a, b = _away(row[0], mean, power), _away(row[1], mean, power)
        c, d = _away(row[2], mean, power), _away(row[3], mean, power)
        e, f = _away(row[4], mean, power), _away(row[5], mean, power)
        g, h = _away(row[6], mean, power), _away(row[7], mean, power)
        for turn in range(1, whole // LANES):
            part = row[turn * LANES : (turn + 1) * LANES]
            a += _away(part[0], mean, power)
            b += _away(part[1], mean, power)
            c += _away(part[2], mean, power)
            d += _away(part[3], mean, power)
            e += _away(part[4], mean, power)
            f += _away(part[5], mean, power)
            g += _away(part[6], mean, power)
            h += _away(part[7], mean, power)
        total = ((a + b) + (c + d)) + ((e + f) + (g + h))
    for number in row[whole:]:
        total += _away(number, mean, power)
    return total


@inlined
def _sum(row, mean, power, order, waiting):
    """The same of a whole row."""
    held = 0
    for leaf in range(len(order)):
        part = row[order[leaf, 0] : order[leaf, 1]]
        total = _sum_of_leaf(part, mean, power)
        for _ in range(order[leaf, 2]):
            held -= 1
            total = waiting[held] + total
        waiting[held] = total
        held += 1
    return waiting[0]


@cached_njit(nogil=True)
def _z_rows(rows, order, rounding):
    waiting, items = np.empty(DEPTH), rows.shape[1]
    bits, largest_bits = rows.view(np.int32), np.empty(1, np.int32)
    largest = largest_bits.view(np.float32)
    for r in range(len(rows)):
        row = rows[r]
        mean = _sum(row, 0.0, 1, order, waiting) / items
        spread = np.sqrt(_sum(row, mean, 2, order, waiting) / items)
        largest_bits[0] = largest_of(bits[r])
        if spread <= np.float64(rounding * largest[0]):
            row[:] = np.float32(0)
            continue
        middle, scale = np.float32(mean), np.float32(1 / spread)
        for i in range(items):
            row[i] = (row[i] - middle) * scale
