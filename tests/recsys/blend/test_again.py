"""The fits of another seed are those of training in all but the seed."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.blend.again import fits_again
from recsys.blend.fits import als_of
from recsys.dataset.folder import Ids
from recsys.dataset.interactions import Interactions
from recsys.dataset.training_inputs import Inputs
from recsys.models.choice import fold_of
from recsys.models.fold_in import FoldIn, LeastSquares
from recsys.models.manifest import Manifest, Notes, Search
from recsys.models.pairwise_fold import Pairwise
from recsys.models.rules import rule_of
from recsys.ranking.weights import ONLY_FACTORS
from tests.recsys.als.worlds import params as als_params
from tests.recsys.blend.worlds import SEARCH
from tests.recsys.bpr.worlds import params as bpr_params
from tests.worlds import even_odd, one_blas_thread


def inputs() -> Inputs:
    binary = even_odd()
    held_out = csr_matrix(binary.shape, dtype=np.float32).tolil()
    for user in range(binary.shape[0]):
        held_out[user, binary[user].indices[0]] = 1
    nothing = csr_matrix(binary.shape, dtype=np.float32)
    known = Interactions(binary * np.float32(5), binary, nothing)
    users, items = ([str(n) for n in range(count)] for count in binary.shape)
    vectors = np.zeros((len(items), 2), np.float32)
    return Inputs(Ids(users, items), known, held_out.tocsr(), vectors, "none", {})


def als(search: Search | None = SEARCH, **changes: Any) -> Manifest:
    return Manifest(
        model_type="als",
        params=als_params(**changes).model_dump(),
        new_user=rule_of(LeastSquares(5.0, 0.1, 0.0, 1.0)),
        notes=Notes(search=search),
        sha256={},
    )


def bpr(rule: FoldIn, **changes: Any) -> Manifest:
    return Manifest(
        model_type="bpr",
        params=bpr_params(**changes).model_dump(),
        new_user=rule_of(rule),
        notes=Notes(epochs=7),
        sha256={},
    )


PAIRS = Pairwise(0.1, 0.001, 7)


def test_both_are_fitted_on_the_fold() -> None:
    shop = inputs()
    fold = fold_of(shop, ONLY_FACTORS)
    assert fold is not None
    with one_blas_thread():
        found = fits_again(als(), bpr(PAIRS), shop, fold)
        once_more = fits_again(als(), bpr(PAIRS), shop, fold)
    assert found is not None and once_more is not None
    assert [one.user_factors.shape for one in found] == [(12, 3), (12, 5)]
    own = als_of(als(), shop.vectors, seeds=1).fit(fold.known)
    assert found[0].item_factors.tobytes() == own.item_factors.tobytes()
    for one, other in zip(found, once_more, strict=True):
        assert one.user_factors.tobytes() == other.user_factors.tobytes()


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
def test_a_fit_that_grows_beyond_bounds_is_none() -> None:
    shop = inputs()
    fold = fold_of(shop, ONLY_FACTORS)
    assert fold is not None
    with one_blas_thread():
        assert fits_again(als(), bpr(PAIRS, learning_rate=100.0), shop, fold) is None
