"""The model als: how long it is fitted, which rows it predicts, and how it folds in a user."""

import numpy as np
import pytest

from recsys.als import fit as als
from recsys.als import objective
from recsys.als.model import AlsFit
from recsys.dataset.interactions import Interactions
from recsys.models.checkpoints import Part, TrainingCheckpoints
from recsys.models.fold_in import LeastSquares
from recsys.models.ridge_map import rows_from_texts
from recsys.models.warm_start import Start
from tests.recsys.als.worlds import both, params, shop, some_start


def known() -> Interactions:
    positives, dislikes, _ = shop()
    return Interactions(
        positives, (positives != 0).astype(np.float32).tocsr(), dislikes
    )


def test_it_fits_the_confidence_and_the_dislikes() -> None:
    positives, dislikes, features = shop()
    expected = als.fit(positives, dislikes, None, params())
    assert both(AlsFit(params(), features).fit(known())) == both(expected)


def test_the_features_are_a_prior_only_if_params_say_so() -> None:
    positives, dislikes, features = shop()
    with_prior = params(feature_prior=True)
    expected = als.fit(positives, dislikes, features, with_prior)
    assert both(AlsFit(with_prior, features).fit(known())) == both(expected)


def test_from_a_start_it_takes_the_warm_iterations() -> None:
    trained = AlsFit(params(warm_iterations=2), shop()[2]).fit(
        known(), Start(some_start())
    )
    assert [point["iteration"] for point in trained.curve] == [1, 2]


def test_each_part_of_training_keeps_states_of_its_own(tmp_path) -> None:
    kept = TrainingCheckpoints(tmp_path, ["fit"], every=5, seconds=0)
    AlsFit(params(), shop()[2], kept).fit(known(), part=Part.HIDDEN)
    assert kept.of(Part.HIDDEN).load() is not None
    assert kept.of(Part.ALL).load() is None


def test_predicted_rows_are_the_ridge_map_or_the_prior() -> None:
    _, _, features = shop()
    rows = some_start()[1]
    counts = np.bincount(known().binary.indices, minlength=24)
    by_map = AlsFit(params(cold_start="ridge"), features).predict_rows(rows, known())
    assert np.array_equal(by_map, rows_from_texts(features, rows, counts, bias=False))
    prior = params(cold_start="features", feature_prior=True)
    penalties = objective.problem(*shop(), prior).item_penalty
    by_prior = AlsFit(prior, features).predict_rows(rows, known())
    assert np.array_equal(by_prior, als.prior(rows, features, penalties, 1.0))


@pytest.mark.parametrize(("dislikes", "weight"), [("negative", 1.5), ("drop", 0.0)])
def test_a_new_user_is_folded_in_by_the_settings_of_the_fit(
    dislikes: str, weight: float
) -> None:
    settings = params(dislikes=dislikes, dislike_weight=1.5, frequency_scaling=0.5)
    rule = AlsFit(settings, shop()[2]).new_user()
    assert rule == LeastSquares(5.0, 0.1, 0.5, weight)
