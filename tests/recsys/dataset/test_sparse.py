"""Cells are counted, and taken out as a dense loop would do it."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix, random_array

from recsys.dataset.sparse import (
    columns_kept,
    entries_per_row,
    from_cells,
    item_counts,
    rows_kept,
    rows_of,
    taken_out,
)
from tests.recsys.dataset.worlds import csr
from tests.worlds import even_odd


def test_what_is_taken_out_is_gone_and_the_rest_is_as_it_was() -> None:
    left = taken_out(
        csr([[5, 0, 2], [0, 0, 0], [1, 3, 0]]), csr([[1, 1, 0], [1, 0, 0], [0, 9, 0]])
    )
    assert left.toarray().tolist() == [[0, 0, 2], [0, 0, 0], [1, 0, 0]]
    assert left.nnz == 2
    assert left.dtype == np.float32


@pytest.mark.parametrize("seed", range(5))
def test_taking_out_is_what_a_dense_loop_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix, cells = (
        csr_matrix(random_array((9, 7), density=density, rng=rng, dtype=np.float32))
        for density in (0.5, 0.3)
    )
    expected = matrix.toarray()
    for user in range(9):
        for item in range(7):
            if cells[user, item]:
                expected[user, item] = 0
    left = taken_out(matrix, cells)
    assert np.array_equal(left.toarray(), expected)
    left.check_format(full_check=True)
    assert left.indices.dtype == matrix.indices.dtype
    assert left.indptr.dtype == matrix.indptr.dtype


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (2, 2)])
def test_nothing_can_be_taken_out_of_nothing(shape: tuple[int, int]) -> None:
    assert taken_out(csr_matrix(shape), csr_matrix(shape)).shape == shape


def test_everything_and_nothing_can_be_taken_out() -> None:
    world = even_odd()
    assert taken_out(world, world).nnz == 0
    assert (taken_out(world, csr_matrix(world.shape)) != world).nnz == 0


def test_cells_of_a_wide_matrix_do_not_collide() -> None:
    size = 70_001
    user, item = divmod(2**32 + 1, size)  # 32 bits would take it for user 0 and item 1
    wide = csr_matrix(
        (np.ones(2, np.float32), ([0, user], [1, item])), shape=(size, size)
    )
    left = taken_out(
        wide, csr_matrix((np.ones(1, np.float32), ([user], [item])), shape=wide.shape)
    )
    assert (left.nnz, left[0, 1]) == (1, 1)


def test_a_matrix_is_made_of_cells_in_any_order() -> None:
    matrix = from_cells(
        np.array([1, 0, 1]), np.array([2, 1, 0]), np.array([7.0, 8.0, 9.0]), (3, 3)
    )
    assert matrix.toarray().tolist() == [[0, 8, 0], [9, 0, 7], [0, 0, 0]]
    assert matrix.indices.tolist() == [1, 0, 2]
    assert (matrix.dtype, matrix.indices.dtype) == (np.float32, np.int32)


def test_rows_and_counts_are_those_of_the_entries() -> None:
    matrix = csr([[0, 1, 1], [0, 0, 0], [0, 5, 0]])
    assert rows_of(matrix).tolist() == [0, 0, 2]
    assert rows_of(matrix).dtype == np.int64
    assert rows_of(matrix, np.int32).dtype == np.int32
    assert entries_per_row(matrix).tolist() == [2, 0, 1]
    assert item_counts(matrix).tolist() == [0, 2, 1]


def test_an_empty_matrix_has_no_rows_and_counts_of_zero() -> None:
    empty = csr_matrix((2, 3), dtype=np.float32)
    assert rows_of(empty).tolist() == []
    assert entries_per_row(empty).tolist() == [0, 0]
    assert item_counts(empty).tolist() == [0, 0, 0]


def test_rows_or_columns_that_are_not_kept_are_empty_and_the_shape_stays() -> None:
    matrix = csr([[1, 2, 0], [0, 3, 4]])
    columns = columns_kept(matrix, np.array([True, False, True]))
    rows = rows_kept(matrix, np.array([False, True]))
    assert columns.toarray().tolist() == [[1, 0, 0], [0, 0, 4]]
    assert rows.toarray().tolist() == [[0, 0, 0], [0, 3, 4]]
    for left in (columns, rows):
        left.check_format(full_check=True)
        assert left.nnz == 2
