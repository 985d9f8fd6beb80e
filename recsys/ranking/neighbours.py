"""What is bought together with what a user liked: a score without any training.

    n(u, i) = sum over j liked by u of c_uj P_ji,  P = R'R,  R_ui = 1 / (sqrt(d_u) sqrt(d_i))

for each positive, d_u and d_i the numbers of positives of its user and its item: the linear half of
GF-CF (Shen et al., 2021: How powerful is graph convolution for recommendation?). c_uj is what a
liked item counts by its age (recsys/ranking/memory.py): 1 without a memory. Of each row of P only
the NEAREST largest entries are kept, so that nothing of items x items is ever dense.
"""

import numpy as np
from scipy.sparse import csr_matrix, vstack

from recsys.dataset.sparse import entries_kept, entries_per_row, item_counts, rows_of
from recsys.ranking import rows_kernel
from recsys.ranking.memory import counts_of

NEAREST = 1000  # entries that a row of P keeps
BATCH_CELLS = 1 << 21  # cells of P that are made at once, at most


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
    block = max(1, BATCH_CELLS // max(1, items))
    made = [
        _nearest(by_item[begin : begin + block] @ scaled)
        for begin in range(0, items, block)
    ]
    return vstack(made, format="csr") if made else csr_matrix((0, 0), dtype=np.float32)


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


def _nearest(rows: csr_matrix) -> csr_matrix:
    """The NEAREST largest entries of each row, columns in order."""
    rows.sort_indices()
    if entries_per_row(rows).max(initial=0) <= NEAREST:
        return rows
    row = rows_of(rows)
    order = np.lexsort((rows.indices, -rows.data, row))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order)) - rows.indptr[row]
    return entries_kept(rows, place < NEAREST)
