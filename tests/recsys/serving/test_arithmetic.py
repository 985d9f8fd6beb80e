"""NumPy alone gives what the kernels give: the same order to the last tie, the same bits whoever is
beside.
"""

import numpy as np
import pytest
from scipy.sparse import random as random_csr

from recsys.ranking import hybrid
from recsys.ranking.memory import counts_of
from recsys.ranking.neighbours import neighbour_scores
from recsys.ranking.top_k import top_k
from recsys.serving import arithmetic
from tests.worlds import one_blas_thread

RNG = np.random.default_rng(1)


def normal(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape, dtype=np.float32)


def test_a_users_bits_do_not_depend_on_who_is_beside() -> None:
    rows, matrix = normal(50, 24), normal(301, 24)
    with one_blas_thread():
        together = arithmetic.products(rows, matrix)
        alone = [arithmetic.products(rows[[row]], matrix)[0] for row in range(50)]
    assert np.array_equal(together, np.stack(alone))
    assert together == pytest.approx(rows @ matrix.T, abs=1e-4)


@pytest.mark.parametrize("items", [1, 7, 300, 2244, 40_001])
def test_z_scores_are_those_of_the_hybrid_score(items: int) -> None:
    rows = normal(9, items) * np.float32(3) + np.float32(100)
    rows[1], rows[2] = 0, 7  # nobody stands out
    rows[3] = np.float32(1e-3) * (1 + np.float32(1e-7) * np.arange(items))
    found = arithmetic.z_scores(rows)
    assert found == pytest.approx(hybrid.z_scores(rows), abs=2e-5)
    assert not found[1:3].any() and found.dtype == np.float32
    alone = [arithmetic.z_scores(rows[[row]])[0] for row in range(9)]
    assert np.array_equal(found, np.stack(alone))


def test_scores_are_scaled_in_their_place_and_z_scores_leaves_them() -> None:
    rows = normal(3, 50)
    before = rows.copy()
    wanted = arithmetic.z_scores(rows)
    assert np.array_equal(rows, before)
    arithmetic.scale(rows)
    assert np.array_equal(rows, wanted)


@pytest.mark.parametrize("items", [2, 3, 2244])
def test_which_rows_are_flat_is_decided_as_by_the_largest_value(items: int) -> None:
    """The quick look may only say that none is: near the bound all have to be looked at."""
    for height in (0.0, 1.0, -5e3):
        for apart in np.geomspace(1e-9, 1e-3, 60):
            row = np.full((1, items), height, np.float32)
            row[0, 0] += np.float32(apart * max(1.0, abs(height)))
            away = row.astype(np.float64)
            spread = np.sqrt(((away - away.mean()) ** 2).mean())
            is_flat = spread <= arithmetic.ROUNDING * np.abs(row).max()
            assert arithmetic.z_scores(row).any() == (not is_flat)


@pytest.mark.parametrize("items", [1, 5, 64, 255, 256, 257, 2244, 40_001])
@pytest.mark.parametrize("k", [1, 2, 10, 100, 3000])
def test_the_best_are_those_of_the_kernel(items: int, k: int) -> None:
    for ties in (2, 20, 10**6):
        scores = np.round(normal(items) * ties) / np.float32(ties)
        scores[RNG.random(items) < 0.3] = -np.inf
        wanted = top_k(scores[None], min(k, items))[0]
        found = arithmetic.best(scores.astype(np.float32), k)
        assert found.tolist() == wanted[wanted >= 0].tolist()


def test_nothing_is_best_where_all_are_out_and_nan_is_refused() -> None:
    scores = np.full(9, -np.inf, np.float32)
    assert arithmetic.best(scores, 3).tolist() == []
    scores[4] = np.nan
    for k in (1, 3, 9):
        with pytest.raises(ValueError, match="not a number"):
            arithmetic.best(scores, k)
    many = normal(2244)
    for place in (0, 1000, 2239, 2240, 2243):  # in the groups, and behind the last one
        broken = many.copy()
        broken[place] = np.nan
        with pytest.raises(ValueError, match="not a number"):
            arithmetic.best(broken, 10)
    for wrong in (0, -1):
        with pytest.raises(ValueError, match="a list of"):
            arithmetic.best(scores, wrong)


def test_rows_of_a_csr_are_added_as_the_kernel_does() -> None:
    near = random_csr(40, 40, 0.4, "csr", np.float32, rng=2)
    near.sort_indices()
    parts = near.indptr, near.indices, near.data
    liked = random_csr(1, 40, 0.2, "csr", np.float32, rng=3)
    liked.sort_indices()
    wanted = neighbour_scores(liked, near)[0]
    total = np.zeros(40, np.float32)
    ones = np.ones(liked.nnz, np.float32)
    arithmetic.add_rows(total, liked.indices.tolist(), ones, *parts)
    assert np.array_equal(total, wanted)
    liked.data, faded = np.arange(liked.nnz, 0, -1, np.float32), 0 * total
    counts = counts_of(liked.data, 2.0)
    arithmetic.add_rows(faded, liked.indices.tolist(), counts, *parts)
    assert np.array_equal(faded, neighbour_scores(liked, near, 2.0)[0])
    assert not np.array_equal(faded, total)
    matrix = arithmetic.dense(*parts)
    assert matrix is not None and np.array_equal(matrix, near.toarray())
    summed = np.zeros(40, np.float32)
    for item in liked.indices.tolist():
        summed += matrix[item]
    assert np.array_equal(summed, wanted)


def test_what_is_sparse_stays_sparse() -> None:
    near = random_csr(40, 40, 0.2, "csr", np.float32, rng=2)
    assert arithmetic.dense(near.indptr, near.indices, near.data) is None
    empty = np.zeros(41, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32)
    assert arithmetic.dense(*empty) is None


def test_likeness_is_held_where_items_are_few() -> None:
    vectors = normal(5, 3)
    found = arithmetic.likeness(vectors)
    assert found == pytest.approx(vectors @ vectors.T, abs=1e-6)
    assert arithmetic.likeness(normal(arithmetic.MOST_HELD + 1, 2)) is None
