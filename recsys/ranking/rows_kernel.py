"""The compiled arithmetic of rows of scores: on one scale, and added up.

A row is one user's, over all items; each is computed by one thread in one order.
"""

# mypy: disable-error-code="no-untyped-def, untyped-decorator"
import numpy as np
from numba import njit

from recsys.program.kernel_cache import cached_njit

WITHOUT_SIGN = np.int32(0x7FFFFFFF)
SMALLEST = 1e-37  # one over it is a float32, one over much less is not
# sums may be regrouped into vectors, but infinities keep their meaning
VECTORS = {"reassoc", "contract", "nsz", "arcp"}
GOLDEN = np.uint64(0x9E3779B97F4A7C15)

inlined = njit(forceinline=True)


@inlined
def largest_of(bits):
    """The bits of the largest absolute value of float32, read as int32: a maximum of integers is
    found by vectors, one of numbers that may be NaN is not.
    """
    largest = np.int32(0)
    for i in range(len(bits)):
        largest = max(largest, np.int32(bits[i] & WITHOUT_SIGN))
    return largest


@cached_njit(nogil=True, fastmath=VECTORS)
def z_rows(scores, rounding):
    """Each row of `scores` (rows, items) float32 minus its mean, over its standard deviation, in
    place; zeros where all differ by no more than `rounding` times the largest, or by SMALLEST, and
    where a score is not finite.

    Sums are in float64.
    """
    rows, items = scores.shape
    bits, largest_bits = scores.view(np.int32), np.empty(1, np.int32)
    largest = largest_bits.view(np.float32)
    for r in range(rows):
        row, total = scores[r], 0.0
        for i in range(items):
            total += np.float64(row[i])
        mean, squares = total / items, 0.0
        for i in range(items):
            away = np.float64(row[i]) - mean
            squares += away * away
        spread = np.sqrt(squares / items)
        largest_bits[0] = largest_of(bits[r])
        if spread > max(rounding * largest[0], SMALLEST):
            middle, scale = np.float32(mean), np.float32(1 / spread)
            for i in range(items):
                row[i] = (row[i] - middle) * scale
        else:
            row[:] = np.float32(0)


@inlined
def _add(row, weight, part, r):
    """Add a part's row, or the one that all share, so much of it, in place."""
    if weight != 0:
        other = part[r if len(part) > 1 else 0]
        for i in range(len(row)):
            row[i] += weight * other[i]


@cached_njit(nogil=True)
def add_parts(total, content, popularity, neighbours, weight):
    """Add to `total` (rows, items) float32, in place, each part (rows or 1, items) float32 times
    its `weight` (3,) float32, in this order; one that weighs 0 is not looked at.
    """
    for r in range(len(total)):
        row = total[r]
        _add(row, weight[0], content, r)
        _add(row, weight[1], popularity, r)
        _add(row, weight[2], neighbours, r)


@cached_njit(nogil=True)
def add_rows(total, indptr, indices, counts, row_of, column, value):
    """Add to each row of `total` (rows, columns) the rows of a csr (row_of, column, value) that a
    csr (indptr, indices, counts) names for it, each as often as it counts, in place and in the
    order of its entries.
    """
    for r in range(len(total)):
        row = total[r]
        for e in range(indptr[r], indptr[r + 1]):
            begin, end = row_of[indices[e]], row_of[indices[e] + 1]
            columns, values, count = column[begin:end], value[begin:end], counts[e]
            for n in range(len(columns)):
                row[columns[n]] += count * values[n]


@cached_njit(nogil=True)
def add_whole_rows(total, indptr, indices, counts, matrix):
    """As `add_rows`, of the rows of `matrix` (n, columns) float32."""
    for r in range(len(total)):
        row = total[r]
        for e in range(indptr[r], indptr[r + 1]):
            other, count = matrix[indices[e]], counts[e]
            for i in range(len(row)):
                row[i] += count * other[i]


@cached_njit(nogil=True)
def random_rows(begin, users, rows):
    """Fill `rows` (users, items) float32 with random numbers from 0 to 1, each a function of
    `begin` (uint64), the index of its user in `users` and of its item: SplitMix64 (Steele, Lea and
    Flood, 2014), of which each user has a stretch.
    """
    items = rows.shape[1]
    for r in range(len(users)):
        row, at = rows[r], begin + np.uint64(users[r]) * np.uint64(items)
        for i in range(items):
            mixed = (at + np.uint64(i)) * GOLDEN
            mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            mixed ^= mixed >> np.uint64(31)
            bits = np.int32(mixed >> np.uint64(40))  # 24, as many as a float32 has
            row[i] = np.float32(bits) * np.float32(1 / (1 << 24))
