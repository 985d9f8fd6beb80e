"""The model bpr: its loss, its curve, its rows for cold items, and new users after a warm start."""

from pathlib import Path

import numpy as np
import pytest

from recsys.bpr import fit as bpr
from recsys.bpr import model as bpr_model
from recsys.bpr.model import (
    OTHER_SEEDS,
    BprFit,
    by_epoch,
    by_the_fold,
    scores_of,
    warm_fit,
    width,
)
from recsys.dataset.interactions import Interactions
from recsys.models.checkpoints import TrainingCheckpoints
from recsys.models.cosine_fold import Cosines
from recsys.models.factors import Factors
from recsys.models.fold_in import FoldIn
from recsys.models.manifest import Manifest
from recsys.models.model_folder import SavedModel
from recsys.models.pairwise_fold import Pairwise
from recsys.models.ridge_map import rows_from_texts
from recsys.models.warm_start import Start
from recsys.program.errors import ConfigError
from recsys.softmax.model import SoftmaxFit
from tests.recsys.bpr.test_loss import inputs
from tests.recsys.bpr.worlds import params, random_world, same
from tests.worlds import complains


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


def checkpoints(folder: Path) -> TrainingCheckpoints:
    return TrainingCheckpoints(folder, [], every=1000, seconds=0)


def test_the_loss_of_the_params_is_taken_and_auto_takes_what_is_ahead(
    tmp_path: Path,
) -> None:
    kept = checkpoints(tmp_path)
    pairs = by_the_fold(inputs(), params(loss="bpr", epochs=4), kept)
    assert isinstance(pairs.fit, BprFit) and pairs.note is None
    softmax = by_the_fold(inputs(), params(loss="softmax"), kept)
    assert isinstance(softmax.fit, SoftmaxFit)
    assert (softmax.fit.epochs, softmax.fit.temperature) == (9, 0.3)
    # one epoch of short steps against nine of long ones, and many against one that is as short
    weak = {
        "factors": 2,
        "step": 0.001,
        "epochs": 1,
        "temperature": 0.3,
        "min_positives": 0.0,
        "max_visits": 10**12,
    }
    ahead = by_the_fold(inputs(), params(loss="auto", epochs=1, factors=1), kept)
    patient = {"check_every": 50, "patience": 9, "min_delta": 0.0}
    settings = {"softmax": weak, "factors": 8, "early_stopping": patient}
    behind = by_the_fold(inputs(), params(loss="auto", **settings), kept)
    assert isinstance(ahead.fit, SoftmaxFit) and ahead.note["taken"] == "softmax"
    assert isinstance(behind.fit, BprFit) and behind.note["taken"] == "bpr"
    assert behind.fold is not None and len(behind.fold.curve) > 1


def test_weights_of_a_small_shop_are_judged_by_fits_with_other_seeds_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, given = inputs(), params(loss="bpr", epochs=4, search="weights")
    chosen = by_the_fold(shop, given, checkpoints(tmp_path))
    assert chosen.fold is not None
    users = np.arange(shop.known.binary.shape[0])
    found = [score(users).tobytes() for score in scores_of(chosen, shop, given)]
    assert found[0] == chosen.fold.score(users).tobytes()
    assert len(set(found)) == len(found) == 1 + OTHER_SEEDS
    again = [score(users).tobytes() for score in scores_of(chosen, shop, given)]
    assert again == found
    monkeypatch.setattr(bpr_model, "CHEAP_VISITS", 3)
    assert len(scores_of(chosen, shop, given)) == 1
    off = params(loss="bpr", epochs=4, search="off")
    assert scores_of(chosen, shop, off) == []


def start(rule: FoldIn) -> Start:
    return Start((np.zeros((1, 1)), np.zeros((1, 1))), new_user=rule)


@pytest.mark.parametrize(("stated", "expected"), [("auto", 0.2), (0.5, 0.5)])
def test_a_warm_start_keeps_the_loss_and_the_temperature_unless_one_is_set(
    tmp_path: Path, stated: object, expected: float
) -> None:
    settings = {
        "factors": 8,
        "step": 0.6,
        "epochs": 9,
        "temperature": stated,
        "min_positives": 0.0,
        "max_visits": 10**12,
    }
    given, kept = (
        params(loss="auto", softmax=settings, warm_epochs=3),
        checkpoints(tmp_path),
    )
    fit = warm_fit(inputs(), given, start(Cosines(0.2, 1.2)), kept)
    assert isinstance(fit, SoftmaxFit)
    assert (fit.temperature, fit.epochs) == (expected, 3)
    longer = given.model_copy(update={"warm_epochs": 20})
    assert warm_fit(inputs(), longer, start(Cosines(0.2, 1.2)), kept).epochs == 9
    pairs = warm_fit(inputs(), given, start(Pairwise(0.1, 0.01, 5)), kept)
    assert isinstance(pairs, BprFit) and pairs.epochs == 3


def saved(rule: FoldIn) -> SavedModel:
    rows = np.zeros((1, 3), dtype=np.float32)
    manifest = Manifest(model_type="bpr", sha256={})
    return SavedModel(Path(), Factors(["u"], ["i"], rows, rows, rule), manifest)


def test_the_width_of_a_warm_start_is_that_of_its_loss() -> None:
    pairs, cosines = saved(Pairwise(0.1, 0.01, 5)), saved(Cosines(0.2, 1.2))
    assert width(params(loss="auto"), pairs) == width(params(loss="bpr"), pairs) == 5
    assert width(params(loss="auto"), cosines) == 8
    with complains(ConfigError, "train_bpr.warm_start", "loss softmax"):
        width(params(loss="bpr"), cosines)
    with complains(ConfigError, "train_bpr.warm_start", "loss bpr"):
        width(params(loss="softmax"), pairs)
