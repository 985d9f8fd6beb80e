"""Rows are scaled and added up as NumPy does it."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.ranking import rows_kernel


def test_z_rows_have_mean_0_and_deviation_1_and_equal_ones_are_0() -> None:
    rows = np.array([[1, 2, 3], [7, 7, 7]], dtype=np.float32)
    rows_kernel.z_rows(rows, 1e-6)
    step = np.sqrt(3 / 2)
    assert rows == pytest.approx(np.array([[-step, 0, step], [0, 0, 0]]), abs=1e-6)


def test_rows_of_a_sparse_matrix_are_added_up() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=(5, 7)) * (rng.random((5, 7)) < 0.5)
    matrix = csr_matrix(values.astype(np.float32))
    named = csr_matrix(np.array([[0, 1, 0, 0, 1], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]]))
    total, counts = np.ones((3, 7), np.float32), np.arange(1, 8, dtype=np.float32)
    named.data = counts
    rows_kernel.add_rows(
        *(total, named.indptr, named.indices, counts),
        *(matrix.indptr, matrix.indices, matrix.data),
    )
    assert np.allclose(total, 1 + (named @ matrix).toarray(), atol=1e-6)


def test_parts_are_added_as_numpy_adds_them() -> None:
    rng = np.random.default_rng(1)
    total, content, near = rng.normal(size=(3, 4, 50)).astype(np.float32)
    popular, weight = near[:1] * 3, np.array([0.3, 1.7, 0], np.float32)
    wanted = total.copy()
    wanted += weight[0] * content
    wanted += weight[1] * popular
    rows_kernel.add_parts(total, content, popular, near[:0], weight)
    assert total.tobytes() == wanted.tobytes()
