"""The model softmax: its fit, its rows for cold items, and its rule for new users."""

import numpy as np
import pytest

from recsys.dataset.interactions import Interactions
from recsys.models.cosine_fold import Cosines
from recsys.models.ridge_map import rows_from_texts
from recsys.models.warm_start import Start
from recsys.softmax.model import SoftmaxFit
from tests.recsys.bpr import worlds as bpr
from tests.recsys.bpr.worlds import none_of, same
from tests.recsys.softmax.worlds import circles, fit, params


def made(epochs: int = 3, items: int = 60) -> SoftmaxFit:
    vectors = np.random.default_rng(0).normal(size=(items, 5)).astype(np.float32)
    return SoftmaxFit(bpr.params(seed=1), params(), 0.3, vectors, epochs)


def known() -> Interactions:
    return Interactions(circles() * np.float32(5), circles(), none_of(circles()))


def test_it_fits_the_positives_for_its_epochs() -> None:
    assert same(made().fit(known()), fit(circles(), epochs=3))


def test_it_goes_on_from_a_start() -> None:
    first = fit(circles(), epochs=3)
    pair = first.user_factors, first.item_factors
    gone_on = made().fit(known(), Start(pair))
    assert same(gone_on, fit(circles(), epochs=3, start=pair))


def test_predicted_rows_are_the_ridge_map_at_length_1() -> None:
    one, rng = made(), np.random.default_rng(1)
    rows = (one.vectors @ rng.normal(size=(5, 8))).astype(np.float32)
    predicted = one.predict_rows(rows, known())
    counts = np.bincount(circles().indices, minlength=60)
    expected = rows_from_texts(one.vectors, rows, counts, bias=False)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert predicted == pytest.approx(expected, abs=1e-5)
    assert predicted.dtype == np.float32


def test_a_new_user_gets_nearly_the_row_that_training_gives() -> None:
    trained = made(epochs=20).fit(known())
    rule = made().new_user()
    assert rule == Cosines(0.3, 1.2)
    folded = rule(trained.item_factors, circles(), none_of(circles()))
    assert (folded * trained.user_factors).sum(axis=1).min() > 0.9
