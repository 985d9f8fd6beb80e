"""A fit is as training has made it, by what the manifest says."""

from typing import Any

import numpy as np
import pytest

from recsys.als.model import AlsFit
from recsys.blend.fits import als_of, bpr_of, fit_of
from recsys.bpr.model import BprFit
from recsys.models.cosine_fold import Cosines
from recsys.models.fold_in import FoldIn
from recsys.models.manifest import Manifest, Notes
from recsys.models.pairwise_fold import Pairwise
from recsys.models.rules import rule_of
from recsys.softmax.model import SoftmaxFit
from tests.recsys.als.worlds import params as als_params
from tests.recsys.blend.worlds import SEARCH
from tests.recsys.bpr.worlds import params as bpr_params

VECTORS = np.zeros((3, 2), np.float32)
PAIRS = Pairwise(0.1, 0.001, 7)


def als(**notes: Any) -> Manifest:
    given = als_params().model_dump()
    return Manifest(model_type="als", params=given, notes=Notes(**notes), sha256={})


def bpr(rule: FoldIn, **notes: Any) -> Manifest:
    return Manifest(
        model_type="bpr",
        params=bpr_params().model_dump(),
        new_user=rule_of(rule),
        notes=Notes(**notes),
        sha256={},
    )


def test_the_setting_that_was_taken_is_fitted() -> None:
    fit = als_of(als(search=SEARCH), VECTORS)
    assert (fit.params.factors, fit.params.seed) == (3, 1)
    assert fit.vectors is VECTORS
    assert als_of(als(), VECTORS, seeds=1).params.seed == 2
    assert als_of(als(), VECTORS).params.factors == 4
    assert als_of(als(followed={"factors": 2}), VECTORS).params.factors == 2


def test_bpr_has_as_many_epochs_and_softmax_its_temperature() -> None:
    fit = bpr_of(bpr(PAIRS, epochs=7), VECTORS, seeds=1)
    assert isinstance(fit, BprFit)
    assert (fit.epochs, fit.params.seed) == (7, 2)
    assert bpr_of(bpr(PAIRS), VECTORS).epochs == bpr_params().epochs
    softmax = bpr_of(bpr(Cosines(0.3, 1.2), epochs=5), VECTORS)
    assert isinstance(softmax, SoftmaxFit)
    assert (softmax.temperature, softmax.epochs, softmax.params.seed) == (0.3, 5, 1)
    assert bpr_of(bpr(Cosines(0.3, 1.2)), VECTORS).epochs == 9


def test_either_is_found_by_its_type() -> None:
    assert isinstance(fit_of(als(), VECTORS), AlsFit)
    assert isinstance(fit_of(bpr(PAIRS), VECTORS), BprFit)


@pytest.mark.parametrize("model_type", ["als", "bpr", "blend"])
def test_a_manifest_that_does_not_say_is_refused(model_type: str) -> None:
    bare = Manifest(model_type=model_type, params={"hybrid": {}}, sha256={})
    with pytest.raises(ValueError, match="validation error"):
        fit_of(bare, VECTORS)
