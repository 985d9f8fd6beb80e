"""A user's row without SciPy is folded in to the same bits as with it."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.models.cosine_fold import Cosines
from recsys.models.fold_in import CountedLeastSquares, FoldIn, LeastSquares
from recsys.models.one_user import OneUser
from recsys.models.pairwise_fold import Pairwise
from tests.worlds import one_blas_thread

RNG = np.random.default_rng(4)
ITEMS = RNG.standard_normal((30, 8), dtype=np.float32)


def test_it_is_what_a_csr_matrix_is() -> None:
    one = OneUser.of({7: 2.0, 3: 1.5}, 9)
    same = csr_matrix(np.array([[0, 0, 0, 1.5, 0, 0, 0, 2, 0]], dtype=np.float32))
    for name in ("indices", "data", "indptr"):
        found, wanted = getattr(one, name), getattr(same, name)
        assert np.array_equal(found, wanted) and found.dtype == wanted.dtype
    assert one.shape == same.shape
    assert one[np.array([0])] is one
    with pytest.raises(IndexError):
        one[np.array([1])]


@pytest.mark.parametrize(
    "rule",
    [
        LeastSquares(5.0, 0.1, 0.5, 0.3),
        CountedLeastSquares(5.0, 0.1, 0.3),
        Pairwise(0.1, 0.01, 50),
        Cosines(0.2, 1.0),
    ],
)
@pytest.mark.parametrize(
    ("likes", "dislikes"),
    [({}, {}), ({3: 5.5}, {}), ({3: 5.5, 11: 4.0, 29: 6.0}, {4: 1.0, 8: 1.0})],
)
def test_it_is_folded_in_as_one_is(
    rule: FoldIn, likes: dict[int, float], dislikes: dict[int, float]
) -> None:
    def csr(values: dict[int, float]) -> csr_matrix:
        row = np.zeros((1, 30), np.float32)
        row[0, list(values)] = list(values.values())
        return csr_matrix(row)

    with one_blas_thread():
        fold_in = rule.prepared(ITEMS)
        wanted = fold_in(csr(likes), csr(dislikes))
        found = fold_in(OneUser.of(likes, 30), OneUser.of(dislikes, 30))
    assert np.array_equal(found, wanted)


def test_the_mean_of_one_has_the_bits_that_it_has_beside_others() -> None:
    rows = np.zeros((2, 30), np.float32)
    rows[:, [1, 5, 17, 20, 29]] = 1
    likes = csr_matrix(rows)
    rule = Cosines(0.2, 1.0)
    with one_blas_thread():
        both, alone = rule(ITEMS, likes, 0 * likes), rule(ITEMS, likes[:1], likes[:1])
    assert both[0] == pytest.approx(alone[0], abs=5e-3)  # its last steps are rounding
