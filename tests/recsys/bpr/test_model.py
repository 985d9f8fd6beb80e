"""The model bpr: its curve, its rows for cold items, and new users after a warm start."""

import numpy as np
import pytest

from recsys.bpr import fit as bpr
from recsys.bpr.model import BprFit, by_epoch
from recsys.dataset.interactions import Interactions
from recsys.models.fold_in import Pairwise
from recsys.models.ridge_map import rows_from_texts
from recsys.models.warm_start import Start
from tests.recsys.bpr.worlds import params, random_world, same


def test_curves_of_search_and_fit_are_joined_by_epoch() -> None:
    searched = [
        {"epoch": 1, "train_auc": 0.5},
        {"epoch": 2, "train_auc": 0.6, "valid_recall_at_10": 0.1},
    ]
    assert by_epoch(searched, [{"epoch": 1, "train_auc": 0.7}]) == [
        {"epoch": 1, "fold_auc": 0.5, "train_auc": 0.7},
        {"epoch": 2, "fold_auc": 0.6, "valid_recall_at_10": 0.1},
    ]


def fitted(epochs: int) -> BprFit:
    return BprFit(params(), np.zeros((40, 3), np.float32), epochs)


def earlier(epochs: int) -> Start:
    return Start(
        (np.zeros((1, 1)), np.zeros((1, 1))), new_user=Pairwise(0.1, 0.001, epochs)
    )


def test_a_new_user_goes_as_far_as_the_fit() -> None:
    assert fitted(7).new_user() == Pairwise(0.1, 0.001, 7)


@pytest.mark.parametrize(("before", "together"), [(30, 37), (195, 200), (400, 200)])
def test_after_a_warm_start_a_new_user_goes_as_far_as_both_fits_but_not_beyond_the_most(
    before: int, together: int
) -> None:
    assert fitted(7).new_user(earlier(before)).epochs == together


def test_it_fits_the_positives_for_its_epochs() -> None:
    user_items, dislikes = random_world()
    known = Interactions(user_items * np.float32(5), user_items, dislikes)
    expected = bpr.fit(user_items, dislikes, params(), epochs=3)
    assert same(fitted(3).fit(known), expected)


def test_predicted_rows_are_the_ridge_map_with_the_mean_bias() -> None:
    user_items, dislikes = random_world()
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(40, 3)).astype(np.float32)
    rows = (vectors @ rng.normal(size=(3, 5))).astype(np.float32)
    counts = np.bincount(user_items.indices, minlength=40)
    known = Interactions(user_items, user_items, dislikes)
    predicted = BprFit(params(), vectors, 1).predict_rows(rows, known)
    assert np.array_equal(predicted, rows_from_texts(vectors, rows, counts, bias=True))
    assert len(set(predicted[:, -1].tolist())) == 1
