"""Rows of one side of ALS solved while the other side stands still, compiled.

The equation of a row and its steps stand in recsys/als/half.py. Nothing but products with single
rows is needed.

Helpers are inlined by force: one that stays a function of its own is another one after a
compilation than after a load from numba's cache, and its last bits differ.
"""

# mypy: disable-error-code=untyped-decorator
import numpy as np
from numba import njit

from recsys.program.kernel_cache import cached_njit

STEPS = 3
LEAST = np.float32(
    1e-7
)  # what is less than this share of the diagonal's largest is not divided by

Array = np.ndarray

# sums in vectors; infinities and NaN keep their meaning
MATHS = {"contract", "reassoc", "nsz", "arcp"}
inlined = njit(fastmath=MATHS, forceinline=True)
SOLVED = np.float32(1e-30)  # the square of a residual that is nothing
ZERO, ONE = np.float32(0), np.float32(1)


@inlined
def _dot(a: Array, b: Array) -> np.float32:
    total = ZERO
    for k in range(a.shape[0]):
        total += a[k] * b[k]
    return total


@inlined
def _add(scale: np.float32, a: Array, out: Array) -> None:
    for k in range(out.shape[0]):
        out[k] += scale * a[k]


@inlined
def _weight(c: np.float32, predicted: np.float32, goal: np.float32) -> np.float32:
    """(c - 1) times what is predicted, less c times the goal for a positive."""
    return (abs(c) - ONE) * predicted - goal * max(c, ZERO)


@inlined
def _add_entries(
    other: Array,
    indices: Array,
    entries: Array,
    begin: int,
    end: int,
    p: Array,
    goal: np.float32,
    out: Array,
) -> float:
    """out += S p less `goal` times the sum of c y over the positives; returns the sum of c (y.p)
    over the positives.

    Four entries at once: while some are added up, the rows of others are on their way from memory.
    """
    fitted = 0.0
    whole = begin + (end - begin) // 4 * 4
    for e in range(begin, whole, 4):
        y0, y1, y2, y3 = (
            other[indices[e]],
            other[indices[e + 1]],
            other[indices[e + 2]],
            other[indices[e + 3]],
        )
        c0, c1, c2, c3 = entries[e], entries[e + 1], entries[e + 2], entries[e + 3]
        s0, s1, s2, s3 = ZERO, ZERO, ZERO, ZERO
        for k in range(p.shape[0]):
            s0 += y0[k] * p[k]
            s1 += y1[k] * p[k]
            s2 += y2[k] * p[k]
            s3 += y3[k] * p[k]
        fitted += (
            max(c0, ZERO) * s0
            + max(c1, ZERO) * s1
            + max(c2, ZERO) * s2
            + max(c3, ZERO) * s3
        )
        s0, s1, s2, s3 = (
            _weight(c0, s0, goal),
            _weight(c1, s1, goal),
            _weight(c2, s2, goal),
            _weight(c3, s3, goal),
        )
        for k in range(p.shape[0]):
            out[k] += s0 * y0[k] + s1 * y1[k] + s2 * y2[k] + s3 * y3[k]
    for e in range(whole, end):
        y, c = other[indices[e]], entries[e]
        s = _dot(y, p)
        fitted += max(c, ZERO) * s
        _add(_weight(c, s, goal), y, out)
    return fitted


@inlined
def _row_constant(
    entries: Array, begin: int, end: int, weight: np.float32, prior: Array
) -> float:
    """What a row's loss is at 0: the sum of c over its positives, and r |prior|^2."""
    total = weight * _dot(prior, prior)
    for e in range(begin, end):
        total += max(entries[e], ZERO)
    return float(total)


@inlined
def _set_product(
    gram: Array, diagonal: Array, penalty: np.float32, p: Array, out: Array
) -> None:
    """out = (G + r) p; four rows of the Gram matrix at once."""
    f = p.shape[0]
    if not gram.shape[0]:
        for k in range(f):
            out[k] = (diagonal[k] + penalty) * p[k]
        return
    whole = f - f % 4
    for k in range(f):
        out[k] = penalty * p[k]
    for j in range(0, whole, 4):
        p0, p1, p2, p3 = p[j], p[j + 1], p[j + 2], p[j + 3]
        for k in range(f):
            out[k] += (
                p0 * gram[j, k]
                + p1 * gram[j + 1, k]
                + p2 * gram[j + 2, k]
                + p3 * gram[j + 3, k]
            )
    for j in range(whole, f):
        _add(p[j], gram[j], out)


@inlined
def _set_scale(diagonal: Array, penalty: np.float32, out: Array) -> None:
    """out = 1 / (G + r), as far as that can be divided by."""
    least = LEAST * diagonal[0] + np.float32(1e-30)
    for k in range(out.shape[0]):
        least = max(least, LEAST * diagonal[k])
    for k in range(out.shape[0]):
        out[k] = ONE / max(diagonal[k] + penalty, least)


@inlined
def _scaled_square(scale: Array, r: Array) -> np.float32:
    total = ZERO
    for k in range(r.shape[0]):
        total += scale[k] * r[k] * r[k]
    return total


@cached_njit(nogil=True, fastmath=MATHS)
def solve(
    first: int,
    last: int,
    indptr: Array,
    indices: Array,
    entries: Array,
    other: Array,
    gram: Array,
    diagonal: Array,
    penalty: Array,
    prior: Array,
    rows: Array,
    losses: Array,
) -> None:
    """Solve rows first to last - 1, with the residual r = b - A x. A row's loss is its constant
    less x.(b + r) at the start, and each step lowers it by the scaled |r|^2 times the step's
    length.
    """
    f = rows.shape[1]
    r, p, product, scale = (
        np.empty(f, np.float32),
        np.empty(f, np.float32),
        np.empty(f, np.float32),
        np.empty(f, np.float32),
    )
    for u in range(first, last):
        begin, end, x, weight = indptr[u], indptr[u + 1], rows[u], penalty[u]
        centre = prior[u % len(prior)]  # the only row of it if all rows have the same
        square = ZERO
        _set_scale(diagonal, weight, scale)
        r[:] = ZERO
        p[:] = x
        # the first step finds r: one place for both keeps the compilation short
        for step in range(STEPS + 1):
            _set_product(gram, diagonal, weight, p, product)
            fitted = _add_entries(
                other, indices, entries, begin, end, p, ZERO if step else ONE, product
            )
            if step == 0:
                _add(-weight, centre, product)
                _add(-ONE, product, r)
                losses[u] = (
                    _row_constant(entries, begin, end, weight, centre)
                    - fitted
                    - _dot(x, r)
                )
                losses[u] -= weight * _dot(centre, x)
            else:
                curvature = _dot(p, product)
                if curvature <= ZERO:  # p is 0: the row is solved
                    break
                length = square / curvature
                losses[u] -= length * square
                _add(length, p, x)
                _add(-length, product, r)
            former, square = square, _scaled_square(scale, r)
            # also a row on its way to 0, whose squares would be too small to divide by
            if square <= SOLVED:
                break
            ratio = square / former if step else ZERO
            for k in range(f):
                p[k] = scale[k] * r[k] + ratio * p[k]
