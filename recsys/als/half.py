"""One half of an ALS iteration: every row of one side solved while the other side stands still.

Row u minimises x.(G + S + r)x - 2 x.b over x, where G is the Gram matrix of all rows of the other
side, S the sum of (c - 1) y y' over the row's entries, r the row's penalty and b the sum of c y
over its positives plus r times its prior (Hu, Koren and Volinsky, 2008, equation 4). It takes a few
conjugate gradient steps from where the row is (Takacs, Pilaszy and Tikk, 2011), so nothing but
products with single rows is needed.

Where it is cheaper, both sides are turned first so that G is a diagonal: no loss depends on the
axes, and a row with m entries then takes m f products a step in place of f^2 + m f. The steps have
the diagonal of G + r as their preconditioner. If that is all of G, it differs from the equation by
S alone, and a row with fewer entries than STEPS is solved whole, from wherever it begins.

A row is computed by one thread in one order, and so is a block of the Gram matrix: the bytes do not
depend on the number of threads.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np
from numba import config
from scipy.sparse import csr_matrix

from recsys.als import kernel
from recsys.als.kernel import STEPS

PIECES = (
    256  # at most; many, so that a thread that is held up does not hold up the others
)
PIECE = 1 << 20  # numbers that a piece reads at least, a fraction of a millisecond
OF_A_ROW = 3  # the work of a row besides its entries where G is a diagonal, in entries
BLOCK_ROWS = 1 << 13

Array = np.ndarray
Half = Callable[[Array, Array, Array | None], Array]


def half(entries: csr_matrix, penalty: Array, factors: int) -> Half:
    """A function that solves rows in place, and returns their parts of the objective, (n,) float64.

    It takes rows (n, f), the other side (m, f) and the rows' prior (n, f) or None, all float32, and
    uses NUMBA_NUM_THREADS threads. All may come back with other axes.

    `entries` (n, m) float32 are confidences, those of dislikes negative; `penalty` is (n,). A row
    without entries and without a prior becomes 0.
    """
    indptr = entries.indptr.astype(np.int64)
    matrix = (indptr, entries.indices.astype(np.int32, copy=False), entries.data)
    lengths, losses = np.diff(indptr), np.zeros(entries.shape[0])
    is_long = lengths >= STEPS  # the others are solved whole
    turns = is_long.sum() + entries.shape[1] < (STEPS + 1) * len(lengths)
    bounds = pieces(indptr, factors, OF_A_ROW if turns else factors / 2 + 4)
    nothing, weights = np.zeros((1, factors), np.float32), penalty.astype(np.float32)

    def solve(rows: Array, other: Array, prior: Array | None) -> Array:
        with ThreadPoolExecutor(config.NUMBA_NUM_THREADS) as pool:
            gram = _gram(other, pool)
            if turns and np.isfinite(gram.diagonal).all():
                rows[~is_long] = 0
                sides = [other, rows] if prior is None else [other, rows, prior]
                gram = _turned(gram, sides, pool)
            if prior is None:
                rows[lengths == 0] = 0
            centres = nothing if prior is None else prior

            def piece(first: int, last: int) -> None:
                kernel.solve(
                    *(first, last, *matrix, other, *gram, weights, centres),
                    *(rows, losses),
                )

            list(pool.map(piece, bounds[:-1], bounds[1:]))
        return losses

    return solve


class Gram(NamedTuple):
    """The products of all rows of a side, float32; without `whole` (0, 0) they are a diagonal."""

    whole: Array  # (f, f)
    diagonal: Array  # (f,)


def _gram(rows: Array, pool: ThreadPoolExecutor) -> Gram:
    whole: Array = sum(pool.map(lambda block: block.T @ block, _blocks(rows)))
    return Gram(whole, whole.diagonal().copy())


def _turned(gram: Gram, sides: list[Array], pool: ThreadPoolExecutor) -> Gram:
    """Turn them all, in place, to axes in which the Gram matrix is a diagonal."""
    diagonal, axes = np.linalg.eigh(gram.whole.astype(np.float64))
    turn = partial(_turn, axes.astype(np.float32))
    for side in sides:
        list(pool.map(turn, _blocks(side)))
    none = np.zeros((0, 0), np.float32)
    return Gram(none, np.maximum(diagonal, 0).astype(np.float32))


def _turn(axes: Array, rows: Array) -> None:
    chosen = rows.any(axis=1)
    rows[chosen] = rows[chosen] @ axes


def _blocks(rows: Array) -> list[Array]:
    return [rows[at : at + BLOCK_ROWS] for at in range(0, len(rows), BLOCK_ROWS)]


def pieces(indptr: Array, factors: int, of_a_row: float) -> Array:
    """Bounds of pieces of rows with about the same work each, (pieces + 1,) int64; `of_a_row` is
    the work of a row besides its entries, counted in entries.
    """
    work = np.concatenate([[0], np.cumsum(np.diff(indptr) + of_a_row)])
    count = min(PIECES, 1 + int(work[-1] * factors / PIECE))
    bounds = np.searchsorted(work, np.linspace(0, work[-1], count + 1))
    bounds[[0, -1]] = 0, len(indptr) - 1
    return bounds.astype(np.int64)
