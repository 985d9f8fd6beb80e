"""What is bought together with what a user liked: a score without any training.

    n(u, i) = sum over j liked by u of c_uj P_ji,  P = R'R,  R_ui = 1 / (sqrt(d_u) sqrt(d_i))

for each positive, d_u and d_i the numbers of positives of its user and its item: the linear half of
GF-CF (Shen et al., 2021: How powerful is graph convolution for recommendation?). c_uj is what a
liked item counts by its age (recsys/ranking/memory.py): 1 without a memory. Of each row of P only
the NEAREST largest entries are kept, so that nothing of items x items is ever dense.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import config
from scipy.sparse import csr_matrix

from recsys.dataset.sparse import entries_per_row, item_counts, rows_of
from recsys.ranking import rows_kernel
from recsys.ranking.memory import counts_of
from recsys.ranking.neighbours_kernel import GROUP, product_rows

Rows = tuple[
    np.ndarray, np.ndarray, np.ndarray
]  # values, columns and ends, as csr has them

NEAREST = 1000  # entries that a row of P keeps
BATCH_CELLS = 1 << 21  # entries of P that a thread makes at once


def item_neighbours(user_items: csr_matrix) -> csr_matrix:
    """P of csr (users, items), of which only the pattern counts: csr (items, items) float32.

    Of equal entries those with the smaller index are kept.
    """
    items = user_items.shape[1]
    of_user = _inverse_root(entries_per_row(user_items))
    of_item = _inverse_root(item_counts(user_items))
    data = of_user[rows_of(user_items)] * of_item[user_items.indices]
    scaled = csr_matrix((data, user_items.indices, user_items.indptr), user_items.shape)
    by_item = scaled.T.tocsr()
    entries = _most_entries(by_item, entries_per_row(user_items))

    def rows(begin: int, end: int) -> Rows:
        ends = np.zeros(end - begin + 1, np.int64)
        size = int(entries[begin:end].sum())
        columns, found = np.empty(size, np.int32), np.empty(size, np.float32)
        product_rows(
            *(begin, end, *_parts(by_item), *_parts(scaled)),
            *(np.zeros(items, np.float32), np.zeros(items // GROUP + 1, np.uint8)),
            *(ends[1:], columns, found),
        )
        return _nearest(columns, found, ends)

    bounds, most = _blocks(entries), int(np.minimum(entries, NEAREST).sum())
    with ThreadPoolExecutor(config.NUMBA_NUM_THREADS) as pool:
        made = pool.map(rows, bounds[:-1], bounds[1:])
        return csr_matrix(_one_after_another(made, items, most), (items, items))


def _one_after_another(blocks: Iterable[Rows], rows: int, most: int) -> Rows:
    """Blocks of so many rows as one, with room for `most` entries: of what is not needed of it the
    system gives no memory. Stacked when all are there, they would be in memory twice.
    """
    values, columns = np.empty(most, np.float32), np.empty(most, np.int32)
    ends = np.zeros(rows + 1, np.int64)
    row = at = 0
    for of_values, of_columns, of_ends in blocks:
        end, last = at + len(of_values), row + len(of_ends) - 1
        values[at:end], columns[at:end] = of_values, of_columns
        ends[row + 1 : last + 1] = at + of_ends[1:]
        row, at = last, end
    return values[:at], columns[:at], ends


def _parts(matrix: csr_matrix) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return matrix.indptr, matrix.indices, matrix.data


def _most_entries(by_item: csr_matrix, degrees: np.ndarray) -> np.ndarray:
    """How many entries each row of P has at most, (items,) int64: as many as the users of the item
    have positives.

    `by_item` is csr (items, users), `degrees` (users,) the positives of each.
    """
    before = np.concatenate([[0], np.cumsum(degrees[by_item.indices], dtype=np.int64)])
    most: np.ndarray = np.diff(before[by_item.indptr])
    bounded: np.ndarray = np.minimum(most, by_item.shape[0])
    return bounded


def _blocks(entries: np.ndarray) -> list[int]:
    """Bounds of blocks of rows with BATCH_CELLS of these entries (rows,) together, or few more."""
    block = np.cumsum(entries) // BATCH_CELLS
    starts = np.flatnonzero(np.diff(block, prepend=-1))
    return [*starts.tolist(), len(entries)]


def neighbour_scores(
    liked: csr_matrix, near: csr_matrix, memory: float = 0.0
) -> np.ndarray:
    """n of some users, (users, items) float32; `liked` is csr (users, items) with the age of each
    entry, which counts with a memory only, `near` as `item_neighbours` gives it.
    """
    scores = np.zeros(liked.shape, dtype=np.float32)
    counts = counts_of(liked.data, memory) if memory else np.ones(liked.nnz, np.float32)
    rows_kernel.add_rows(
        *(scores, liked.indptr, liked.indices, counts),
        *(near.indptr, near.indices, near.data),
    )
    return scores


def _inverse_root(counts: np.ndarray) -> np.ndarray:
    """1 / sqrt of each count, float32; 0 of 0."""
    roots = np.sqrt(np.maximum(counts, 1))
    return np.where(counts > 0, 1 / roots, 0).astype(np.float32)


def _nearest(columns: np.ndarray, found: np.ndarray, ends: np.ndarray) -> Rows:
    """The NEAREST largest entries of each row, as csr has them; `ends` (rows + 1,) are those of the
    rows among `columns` and what is `found` there.
    """
    kept = np.ones(ends[-1], dtype=bool)
    counts = np.diff(ends)
    for row in np.flatnonzero(counts > NEAREST).tolist():
        begin, end = ends[row], ends[row + 1]
        kept[begin:end] = _largest(found[begin:end])
    before = np.concatenate([[0], np.cumsum(kept)])
    rows = slice(0, ends[-1])
    return found[rows][kept], columns[rows][kept], before[ends]


def _largest(values: np.ndarray) -> np.ndarray:
    """Which of the `values` (n,) are the NEAREST largest, of equal ones the first, (n,) bool."""
    at = len(values) - NEAREST
    least = np.partition(values, at)[at]
    chosen: np.ndarray = values > least
    equal = np.flatnonzero(values == least)
    chosen[equal[: NEAREST - chosen.sum()]] = True
    return chosen
