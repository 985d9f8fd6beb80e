"""Sparse matrices: making them of cells, counting in them, taking cells out of them.

All are csr with sorted columns in each row; an entry is a cell that is stored.
"""

import numpy as np
from numpy.typing import DTypeLike
from scipy.sparse import csr_matrix


def from_cells(
    row: np.ndarray, column: np.ndarray, value: np.ndarray, shape: tuple[int, int]
) -> csr_matrix:
    """csr of `shape`, float32, with `value` (n,) at each `row` (n,) and `column` (n,)."""
    places = (row.astype(np.int32), column.astype(np.int32))
    matrix = csr_matrix((value.astype(np.float32), places), shape=shape)
    matrix.sort_indices()
    return matrix


def rows_of(matrix: csr_matrix, dtype: DTypeLike = np.int64) -> np.ndarray:
    """The row of each entry, (nnz,), as `matrix.indices` are their columns."""
    rows = np.arange(matrix.shape[0], dtype=dtype)
    return np.repeat(rows, entries_per_row(matrix))


def entries_per_row(matrix: csr_matrix) -> np.ndarray:
    """The number of entries of each row, (rows,); of each user, in a matrix (users, items)."""
    counts: np.ndarray = np.diff(matrix.indptr)
    return counts


def item_counts(user_items: csr_matrix) -> np.ndarray:
    """The number of entries of each column, (items,) int64: users who have the item."""
    counts: np.ndarray = np.bincount(user_items.indices, minlength=user_items.shape[1])
    return counts


def entries_kept(matrix: csr_matrix, kept: np.ndarray) -> csr_matrix:
    """csr of the same shape and dtypes with the entries that `kept` (nnz,) bool marks."""
    kept_before = np.concatenate([[0], np.cumsum(kept)])
    indptr = kept_before[matrix.indptr].astype(matrix.indptr.dtype)
    return csr_matrix((matrix.data[kept], matrix.indices[kept], indptr), matrix.shape)


def columns_kept(matrix: csr_matrix, kept: np.ndarray) -> csr_matrix:
    """csr of the same shape with the entries of the columns that `kept` (columns,) bool marks."""
    return entries_kept(matrix, kept[matrix.indices])


def rows_kept(matrix: csr_matrix, kept: np.ndarray) -> csr_matrix:
    """csr of the same shape with the entries of the rows that `kept` (rows,) bool marks."""
    return entries_kept(matrix, np.repeat(kept, entries_per_row(matrix)))


def taken_out(matrix: csr_matrix, cells: csr_matrix) -> csr_matrix:
    """`matrix` without the entries that `cells` has."""
    is_gone = np.isin(_cell_numbers(matrix), _cell_numbers(cells))
    return entries_kept(matrix, ~is_gone)


def _cell_numbers(matrix: csr_matrix) -> np.ndarray:
    """The place of each entry in row-major order, (nnz,) int64."""
    numbers: np.ndarray = rows_of(matrix) * matrix.shape[1] + matrix.indices
    return numbers
