"""One half of an ALS iteration: every row of one side solved while the other side stands still.

Row u minimises x.(G + S + r)x - 2 x.b over x, where G is the Gram matrix of all rows of the other
side, S the sum of (c - 1) y y' over the row's entries, r the row's penalty and b the sum of c y
over its positives plus r times its prior (Hu, Koren and Volinsky, 2008, equation 4). It takes a few
conjugate gradient steps from where the row is (Takacs, Pilaszy and Tikk, 2011), so nothing but
products with single rows is needed.

A row is computed by one thread in one order, and so is a block of the Gram matrix: the bytes do not
depend on the number of threads. Helpers are inlined by force: one that stays a function of its own
is another one after a compilation than after a load from numba's cache, and its last bits differ.
"""

# mypy: disable-error-code=untyped-decorator
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import config, njit
from scipy.sparse import csr_matrix

STEPS = 3
PIECES = (
    256  # at most; many, so that a thread that is held up does not hold up the others
)
PIECE = 1 << 20  # numbers that a piece reads at least, a fraction of a millisecond
GRAM_ROWS = 1 << 13

Array = np.ndarray
Half = Callable[[Array, Array, Array | None], Array]

# sums in vectors; infinities and NaN keep their meaning
MATHS = {"contract", "reassoc", "nsz", "arcp"}
inlined = njit(fastmath=MATHS, forceinline=True)
SOLVED = np.float32(1e-30)  # the square of a residual that is nothing
ZERO, ONE = np.float32(0), np.float32(1)


def half(entries: csr_matrix, penalty: Array, factors: int) -> Half:
    """A function that solves rows in place, and returns their parts of the objective, (n,) float64.

    It takes rows (n, f), the other side (m, f) and the rows' prior (n, f) or None, all float32, and
    uses NUMBA_NUM_THREADS threads.

    `entries` (n, m) float32 are confidences, those of dislikes negative; `penalty` is (n,). A row
    without entries and without a prior becomes 0.
    """
    matrix = (
        entries.indptr.astype(np.int64),
        entries.indices.astype(np.int32, copy=False),
        entries.data,
    )
    bounds, weights, losses = (
        pieces(matrix[0], factors),
        penalty.astype(np.float32),
        np.zeros(entries.shape[0]),
    )
    nothing, idle = np.zeros((1, factors), np.float32), np.diff(matrix[0]) == 0

    def solve(rows: Array, other: Array, prior: Array | None) -> Array:
        if prior is None:
            rows[idle] = 0
        centres = nothing if prior is None else prior
        with ThreadPoolExecutor(config.NUMBA_NUM_THREADS) as pool:
            gram = sum(
                pool.map(
                    _gram,
                    [
                        other[at : at + GRAM_ROWS]
                        for at in range(0, len(other), GRAM_ROWS)
                    ],
                )
            )

            def piece(first: int, last: int) -> None:
                _solve(
                    first, last, *matrix, other, gram, weights, centres, rows, losses
                )

            list(pool.map(piece, bounds[:-1], bounds[1:]))
        return losses

    return solve


def pieces(indptr: Array, factors: int) -> Array:
    """Bounds of pieces of rows with about the same work each, (pieces + 1,) int64."""
    of_a_row = factors / 2 + 4  # besides its entries, counted in entries
    work = np.concatenate([[0], np.cumsum(np.diff(indptr) + of_a_row)])
    count = min(PIECES, 1 + int(work[-1] * factors / PIECE))
    bounds = np.searchsorted(work, np.linspace(0, work[-1], count + 1))
    bounds[[0, -1]] = 0, len(indptr) - 1
    return bounds.astype(np.int64)


def _gram(rows: Array) -> Array:
    return np.asarray(rows.T @ rows)


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
def _set_product(gram: Array, penalty: np.float32, p: Array, out: Array) -> None:
    """out = (G + r) p; four rows of the Gram matrix at once."""
    f = p.shape[0]
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


@njit(nogil=True, cache=True, fastmath=MATHS)
def _solve(
    first: int,
    last: int,
    indptr: Array,
    indices: Array,
    entries: Array,
    other: Array,
    gram: Array,
    penalty: Array,
    prior: Array,
    rows: Array,
    losses: Array,
) -> None:
    """Solve rows first to last - 1, with the residual r = b - A x. A row's loss is its constant
    less x.(b + r) at the start, and each step lowers it by |r|^2 times the step's length.
    """
    f = rows.shape[1]
    r, p, product = (
        np.empty(f, np.float32),
        np.empty(f, np.float32),
        np.empty(f, np.float32),
    )
    for u in range(first, last):
        begin, end, x, weight = indptr[u], indptr[u + 1], rows[u], penalty[u]
        centre = prior[u % len(prior)]  # the only row of it if all rows have the same
        square = ZERO
        r[:] = ZERO
        p[:] = x
        # the first step finds r: one place for both keeps the compilation short
        for step in range(STEPS + 1):
            _set_product(gram, weight, p, product)
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
            former, square = square, _dot(r, r)
            # also a row on its way to 0, whose squares would be too small to divide by
            if square <= SOLVED:
                break
            ratio = square / former if step else ZERO
            for k in range(f):
                p[k] = r[k] + ratio * p[k]
