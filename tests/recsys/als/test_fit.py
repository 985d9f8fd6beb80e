"""ALS learns who likes what, and solves the objective that its docstring states."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from implicit.cpu.als import AlternatingLeastSquares

from recsys.als import fit as als
from recsys.als import objective
from recsys.models.checkpoints import Checkpoints
from recsys.program.errors import ConfigError
from tests.recsys.als.worlds import both, fit, nothing, params, shop, some_start
from tests.worlds import complains, even_odd

EIGH = np.linalg.eigh


def test_even_users_like_even_items() -> None:
    trained = fit(even_odd(), factors=2, iterations=15)
    scores = trained.user_factors @ trained.item_factors.T
    likes = np.add.outer(np.arange(12), np.arange(10)) % 2 == 0
    assert (
        scores[likes].min() > scores[~likes].max()
    )  # those among them that no user has touched too


def test_shapes_and_the_same_bytes_for_the_same_seed() -> None:
    first, second, other = fit(even_odd()), fit(even_odd()), fit(even_odd(), seed=2)
    assert (first.user_factors.shape, first.item_factors.shape) == ((12, 4), (10, 4))
    assert first.user_factors.dtype == first.item_factors.dtype == np.float32
    assert (both(first), first.curve) == (both(second), second.curve)
    assert both(first) != both(other)


def test_solver_implicit_is_the_library_s_own_fit() -> None:
    positives, _, _ = shop()
    model = AlternatingLeastSquares(
        factors=4, regularization=0.1, iterations=5, alpha=5.0
    )
    model.user_factors, model.item_factors = some_start()
    model.fit(positives, show_progress=False)
    trained = als.fit(
        positives,
        nothing(positives),
        None,
        params(solver="implicit"),
        start=some_start(),
    )
    assert both(trained) == model.user_factors.tobytes() + model.item_factors.tobytes()


@pytest.mark.parametrize("solver", ["native", "implicit"])
def test_the_curve_has_a_falling_loss_for_each_iteration(solver: str) -> None:
    trained = fit(even_odd(), iterations=6, solver=solver)
    losses = [point["loss"] for point in trained.curve]
    assert [point["iteration"] for point in trained.curve] == [1, 2, 3, 4, 5, 6]
    assert losses == sorted(losses, reverse=True)


def test_the_curve_is_the_loss_of_the_objective(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The map of the last iteration is that of the factors before it, in the axes after it."""
    turns: list[np.ndarray] = []

    def kept(gram: np.ndarray) -> Any:
        turns.append(found := EIGH(gram))
        return found

    monkeypatch.setattr(np.linalg, "eigh", kept)
    positives, dislikes, features = shop()
    settings = params(frequency_scaling=0.5, dislike_weight=2.0)
    task = objective.problem(positives, dislikes, features, settings)
    before = als.fit(positives, dislikes, features, settings, iterations=4)
    W = als.ridge(features, task.item_penalty, settings.feature_regularization)(
        before.item_factors
    )
    after = als.fit(positives, dislikes, features, settings, iterations=5)
    assert after.curve[:4] == before.curve
    for _, axes in turns[-2:]:
        W = W @ axes
    assert after.curve[4]["loss"] == pytest.approx(
        objective.loss(task, after.user_factors, after.item_factors, W), rel=1e-6
    )


@pytest.mark.parametrize("solver", ["native", "implicit"])
def test_users_and_items_without_interactions_are_zero(solver: str) -> None:
    positives, dislikes, _ = shop()
    trained = als.fit(
        positives,
        dislikes,
        None,
        params(solver=solver),
        iterations=1,
        start=some_start(),
    )
    assert not trained.user_factors[7].any()
    assert not trained.item_factors[5].any()


@pytest.mark.parametrize("solver", ["native", "implicit"])
def test_a_dislike_pushes_the_score_down_unless_dislikes_are_dropped(
    solver: str,
) -> None:
    liked, disliked = even_odd(), nothing(even_odd()).tolil()
    disliked[0, 0] = 1  # user 0 would like it
    scores = {
        name: float(trained.user_factors[0] @ trained.item_factors[0])
        for name, trained in {
            "never touched": fit(liked, solver=solver),
            "disliked": fit(liked, disliked.tocsr(), solver=solver),
            "strongly": fit(liked, disliked.tocsr(), solver=solver, dislike_weight=4.0),
            "dropped": fit(liked, disliked.tocsr(), solver=solver, dislikes="drop"),
        }.items()
    }
    assert scores["strongly"] < scores["disliked"] < scores["never touched"] - 0.1
    assert scores["dropped"] == scores["never touched"]


def parity() -> np.ndarray:
    return np.array([[1.0, 0.0], [0.0, 1.0]] * 5, dtype=np.float32)


def test_an_item_that_nobody_touched_lands_near_those_with_its_features() -> None:
    liked = even_odd().tolil()
    liked[:, 4] = 0
    liked = liked.tocsr()
    trained = als.fit(
        liked, nothing(liked), parity(), params(regularization=1.0, iterations=15)
    )
    scores = trained.user_factors @ trained.item_factors[4]
    assert scores[::2].min() > 2 * abs(scores[1::2]).max()


def test_an_untouched_item_is_its_prior_shrunk_as_the_objective_says() -> None:
    positives, dislikes, features = shop()
    settings = params(iterations=200, regularization=2.0)
    trained = als.fit(positives, dislikes, features, settings)
    X, r = trained.user_factors, 2.0
    centre = als.prior(
        trained.item_factors, features, np.full(24, r), settings.feature_regularization
    )[5]
    expected = np.linalg.solve(X.T @ X + r * np.eye(4), r * centre)
    assert np.abs(trained.item_factors[5] - expected).max() < 1e-3
    assert np.linalg.norm(expected) > 0.01


def test_the_prior_is_a_weighted_ridge_of_the_factors_on_the_features() -> None:
    rng = np.random.default_rng(0)
    F, Y, weights = (
        rng.normal(size=(9, 2)).astype(np.float32),
        rng.normal(size=(9, 4)),
        rng.random(9),
    )
    root = np.sqrt(weights)[:, None]
    stacked = np.vstack([root * F, np.sqrt(3.0 * weights.mean()) * np.eye(2)])
    W = np.linalg.lstsq(stacked, np.vstack([root * Y, np.zeros((2, 4))]), rcond=None)[0]
    assert np.allclose(
        als.prior(Y.astype(np.float32), F, weights, 3.0), F @ W, atol=1e-5
    )
    assert not als.prior(Y.astype(np.float32), F, np.zeros(9), 3.0).any()


@pytest.mark.parametrize("solver", ["native", "implicit"])
def test_a_fit_that_goes_on_from_a_checkpoint_ends_with_the_same_bytes(
    solver: str, tmp_path: Path
) -> None:
    positives, dislikes, features = shop()
    settings = params(solver=solver)
    F = features if solver == "native" else None
    whole = als.fit(positives, dislikes, F, settings)
    kept = Checkpoints(tmp_path, settings.model_dump(), every=2)
    als.fit(
        positives, dislikes, F, settings, iterations=3, checkpoints=kept
    )  # killed after the third
    assert kept.load() is not None
    resumed = als.fit(
        positives, dislikes, F, settings, checkpoints=kept, start=some_start()
    )
    assert (both(resumed), resumed.curve) == (both(whole), whole.curve)


@pytest.mark.parametrize("solver", ["native", "implicit"])
def test_one_iteration_from_factors_of_a_fit_is_as_good_as_the_fit(solver: str) -> None:
    positives, dislikes, _ = shop()
    settings = params(solver=solver, iterations=40, regularization=1.0)
    cold = als.fit(positives, dislikes, None, settings)
    before = both(cold)
    warm = als.fit(
        positives,
        dislikes,
        None,
        settings,
        iterations=1,
        start=(cold.user_factors, cold.item_factors),
    )
    assert [one["iteration"] for one in warm.curve] == [1]
    assert warm.curve[0]["loss"] == pytest.approx(cold.curve[-1]["loss"], rel=1e-4)
    assert both(cold) == before  # a start is not changed


def test_solver_implicit_refuses_features() -> None:
    with complains(ConfigError, "train_als.solver", "features", "native"):
        als.fit(*shop(), params(solver="implicit"))


@pytest.mark.parametrize("solver", ["native", "implicit"])
def test_factors_beyond_bounds_are_one_message_with_the_key(solver: str) -> None:
    beyond = params(solver=solver).model_copy(
        update={"alpha": 1e38}
    )  # more than params.yaml may say
    with complains(ConfigError, "train_als", "alpha 1e+38", "lower"):
        als.fit(even_odd(), nothing(even_odd()), None, beyond)


def test_a_problem_is_not_changed_by_a_fit() -> None:
    positives, dislikes, features = shop()
    before = [part.tobytes() for part in (positives.data, dislikes.data, features)]
    als.fit(positives, dislikes, features, params())
    assert [
        part.tobytes() for part in (positives.data, dislikes.data, features)
    ] == before
    assert (
        replace(
            objective.problem(positives, dislikes, features, params()), features=None
        ).features
        is None
    )
