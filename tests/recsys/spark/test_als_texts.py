"""Item factors drawn to their texts after a fit by Spark."""

from dataclasses import replace

import numpy as np
import pytest

from recsys.als.objective import Problem
from recsys.als.params import Params
from recsys.models.warm_start import FactorPair
from recsys.program.errors import ConfigError
from recsys.spark import als
from recsys.spark.als import LastFit, SparkFit
from recsys.spark.als_texts import (
    MAP_RIDGE,
    ROUNDS,
    drawn_to_texts,
    loss_of,
    with_texts,
)
from recsys.spark.ratings import ratings, settings_of
from tests.recsys.als.worlds import both, textbook_rows
from tests.recsys.spark.fits import NO_CLUSTER, known, params
from tests.worlds import complains

VECTORS = np.random.default_rng(1).normal(size=(24, 3)).astype(np.float32)
PULLED = params({"texts": 8.0, "factors": 2})


def task(vectors: np.ndarray = VECTORS) -> Problem:
    settings = settings_of(PULLED)
    made = with_texts(ratings(known(), PULLED).problem(2.0), vectors, settings)
    assert made is not None
    return made


def start(factors: int = 2) -> FactorPair:
    """Some factors, 0 where nothing is liked."""
    rng = np.random.default_rng(2)
    X, Y = (rng.normal(size=(n, factors)).astype(np.float32) for n in (60, 24))
    X[7:9], Y[5:7] = 0, 0
    return X, Y


def by_hand(of: Problem, Y: np.ndarray) -> FactorPair:
    """The same iterations, one equation after another."""
    C, F, r = of.entries.toarray(), VECTORS.astype(float), of.item_penalty
    X, Y = np.zeros((60, Y.shape[1])), Y.astype(float)
    for _ in range(ROUNDS):
        X = textbook_rows(C, Y, of.user_penalty + 1e-12, np.zeros_like(X))
        held = MAP_RIDGE * r.mean() * np.eye(3)
        W = np.linalg.solve((F.T * r) @ F + held, (F.T * r) @ Y)
        Y = textbook_rows(C.T, X, r + 1e-12, F @ W)
    return X, Y


def test_items_with_a_text_have_another_penalty() -> None:
    vectors = VECTORS.copy()
    vectors[3] = 0
    plain, made = ratings(known(), PULLED).problem(2.0), task(vectors)
    wanted = plain.item_penalty * 4  # texts 8 in place of regularization 2
    wanted[3] = plain.item_penalty[3]
    assert made.item_penalty == pytest.approx(wanted)
    assert (made.user_penalty == plain.user_penalty).all()
    assert made.features is not None and (made.features == vectors).all()
    assert made.feature_regularization == MAP_RIDGE


def test_a_floor_counts_for_items_of_any_number_of_positives() -> None:
    """Of 60 users 0.5 each, beside 8 a positive; nothing of an item without a text."""
    vectors = VECTORS.copy()
    vectors[3] = 0
    section = params({"texts": 8.0, "texts_floor": 0.5, "factors": 2})
    plain = ratings(known(), section).problem(2.0)
    made = with_texts(plain, vectors, settings_of(section))
    assert made is not None
    wanted = plain.item_penalty * 4 + 30
    wanted[3] = plain.item_penalty[3]
    assert made.item_penalty == pytest.approx(wanted)


def test_by_the_floor_an_item_that_nobody_likes_stands_at_its_text() -> None:
    """The others do not: of them more is known."""
    section = params({"texts_floor": 1e4, "factors": 2})
    plain = ratings(known(), section).problem(2.0)
    made = with_texts(plain, VECTORS, settings_of(section))
    assert made is not None
    X, Y = drawn_to_texts(made, section, *start())
    warm = np.delete(np.arange(24), [5, 6])
    W = np.linalg.lstsq(VECTORS[warm], Y[warm], rcond=None)[0]
    assert VECTORS[[5, 6]] @ W == pytest.approx(Y[[5, 6]], abs=1e-2)
    assert Y[[5, 6]].any() and not X[7:9].any()


def test_there_is_nothing_to_draw_to_without_texts() -> None:
    plain = ratings(known(), PULLED).problem(2.0)
    assert with_texts(plain, VECTORS, settings_of(params())) is None
    assert with_texts(plain, 0 * VECTORS, settings_of(PULLED)) is None


def test_the_iterations_are_those_of_the_plain_equations() -> None:
    X, Y = drawn_to_texts(task(), PULLED, *start())
    wanted = by_hand(task(), start()[1])
    assert pytest.approx(wanted[0] @ wanted[1].T, abs=1e-4) == X @ Y.T
    assert not X[7:9].any() and not Y[5:7].any()
    assert (X.dtype, Y.dtype) == (np.float32, np.float32)


def test_they_lower_the_objective_and_leave_what_they_began_at() -> None:
    X, Y = start()
    before = loss_of(task(), X, Y)
    assert loss_of(task(), *drawn_to_texts(task(), PULLED, X, Y)) < before
    assert all((a == b).all() for a, b in zip((X, Y), start(), strict=True))


def test_a_strong_pull_puts_items_on_the_map_of_their_texts() -> None:
    strong = replace(task(), item_penalty=task().item_penalty * 1e5)
    _, Y = drawn_to_texts(strong, PULLED, *start())
    warm = np.delete(np.arange(24), [5, 6])
    W = np.linalg.lstsq(VECTORS[warm], Y[warm], rcond=None)[0]
    assert VECTORS[warm] @ W == pytest.approx(Y[warm], abs=1e-3)
    assert Y[warm].any()


def fitted(monkeypatch: pytest.MonkeyPatch) -> SparkFit:
    """A fit for which Spark gives `start`."""
    monkeypatch.setattr(als, "factors", lambda *_: start())
    return SparkFit(PULLED, VECTORS, NO_CLUSTER)


def test_users_end_where_a_new_one_is_folded_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fit, shop = fitted(monkeypatch), known()
    found = fit.fit(shop)
    X, Y = found.user_factors, found.item_factors
    folded = fit.new_user()(Y, shop.confidence, shop.dislikes)
    assert folded.tobytes() == X.tobytes()
    of = task()
    rows = textbook_rows(
        *(of.entries.toarray(), Y.astype(float), of.user_penalty + 1e-12),
        np.zeros((60, 2)),
    )
    assert pytest.approx(rows, abs=1e-5) == X
    iterations = settings_of(PULLED).iterations + ROUNDS
    assert found.curve == [{"iteration": iterations, "loss": loss_of(of, X, Y)}]
    assert both(fit.fit(shop)) == both(found)


def test_what_grows_beyond_float32_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    far = np.full((60, 2), np.inf, np.float32)
    fit = fitted(monkeypatch)
    monkeypatch.setattr(als, "drawn_to_texts", lambda *_: (far, far[:24]))
    with complains(ConfigError, "train_als.spark: the factors grew"):
        fit.fit(known())


def test_settings_that_differ_in_texts_alone_share_the_fit_by_spark(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing else does: not other settings, another seed, or other interactions."""
    asked = []

    def factors(_: object, settings: Params, *__: object) -> FactorPair:
        asked.append(settings_of(settings).model_dump() | {"seed": settings.seed})
        return start()

    monkeypatch.setattr(als, "factors", factors)
    last, one = LastFit(), known()
    for changes, more, of in (
        ({}, {}, one),
        ({"texts": 8.0}, {}, one),
        ({"texts_floor": 1.0}, {}, one),
        ({"alpha": 4.0}, {}, one),
        ({"alpha": 4.0}, {"seed": 7}, one),
        ({"alpha": 4.0}, {"seed": 7}, known()),
        ({}, {}, one),
    ):
        settings = params({"factors": 2} | changes, **more)
        SparkFit(settings, VECTORS, NO_CLUSTER, last).fit(of)
    told = [(one["alpha"], one["seed"]) for one in asked]
    seed = params().seed
    assert told == [(3.0, seed), (4.0, seed), (4.0, 7), (4.0, 7), (3.0, seed)]


def test_a_shared_fit_gives_what_an_own_one_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What draws items to their texts leaves what Spark has made as it is."""
    monkeypatch.setattr(als, "factors", lambda *_: start())
    last, one = LastFit(), known()
    for changes in ({"texts": 8.0}, {}, {"texts": 1.0}):
        settings = params({"factors": 2} | changes)
        shared = SparkFit(settings, VECTORS, NO_CLUSTER, last).fit(one)
        own = SparkFit(settings, VECTORS, NO_CLUSTER).fit(one)
        assert np.array_equal(shared.user_factors, own.user_factors)
        assert np.array_equal(shared.item_factors, own.item_factors)
