"""The fits of another seed are those of training in all but the seed."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.blend.again import als_of, bpr_of, fits_again
from recsys.bpr.model import BprFit
from recsys.dataset.folder import Ids
from recsys.dataset.interactions import Interactions
from recsys.dataset.training_inputs import Inputs
from recsys.models.choice import fold_of
from recsys.models.cosine_fold import Cosines
from recsys.models.fold_in import FoldIn, LeastSquares
from recsys.models.manifest import Manifest, Notes, Search
from recsys.models.pairwise_fold import Pairwise
from recsys.models.rules import rule_of
from recsys.ranking.weights import ONLY_FACTORS
from recsys.softmax.model import SoftmaxFit
from tests.recsys.als.worlds import params as als_params
from tests.recsys.bpr.worlds import params as bpr_params
from tests.worlds import even_odd, one_blas_thread

SEARCH = Search(
    users=12,
    settings=[],
    taken="small",
    changes={"factors": 3},
    lead=0.1,
    error=0.01,
    leads_again=[],
)


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


def test_the_setting_that_was_taken_is_fitted_with_the_next_seed() -> None:
    fit = als_of(als(), inputs())
    assert (fit.params.factors, fit.params.seed) == (3, 2)
    assert als_of(als(search=None), inputs()).params.factors == 4


def test_bpr_has_as_many_epochs_and_softmax_its_temperature() -> None:
    fit = bpr_of(bpr(PAIRS), inputs())
    assert isinstance(fit, BprFit)
    assert (fit.epochs, fit.params.seed) == (7, 2)
    softmax = bpr_of(bpr(Cosines(0.3, 1.2)), inputs())
    assert isinstance(softmax, SoftmaxFit)
    assert (softmax.temperature, softmax.epochs, softmax.params.seed) == (0.3, 9, 2)


def test_both_are_fitted_on_the_fold() -> None:
    shop = inputs()
    fold = fold_of(shop, ONLY_FACTORS)
    assert fold is not None
    with one_blas_thread():
        found = fits_again(als(), bpr(PAIRS), shop, fold)
        once_more = fits_again(als(), bpr(PAIRS), shop, fold)
    assert found is not None and once_more is not None
    assert [one.user_factors.shape for one in found] == [(12, 3), (12, 5)]
    for one, other in zip(found, once_more, strict=True):
        assert one.user_factors.tobytes() == other.user_factors.tobytes()


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
def test_a_fit_that_grows_beyond_bounds_is_none() -> None:
    shop = inputs()
    fold = fold_of(shop, ONLY_FACTORS)
    assert fold is not None
    with one_blas_thread():
        assert fits_again(als(), bpr(PAIRS, learning_rate=100.0), shop, fold) is None
