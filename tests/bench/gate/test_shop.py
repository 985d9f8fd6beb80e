"""The simulated shop has the figures that its module names."""

import numpy as np
import pytest

from bench.gate.shop import GAINS, HIT, MEAN, SPREAD, SPREADS, Shop, margin


def shop(users: int, **given: float) -> Shop:
    return Shop(users, np.random.default_rng(1), **given)  # type: ignore[arg-type] # of two kinds


def test_equal_models_are_as_real_ones() -> None:
    some = shop(300_000)
    first, second = (some.values(some.model(1.0)) for _ in range(2))
    assert first.mean() == pytest.approx(MEAN, rel=0.01)
    assert (first > 0).mean() == pytest.approx(HIT, rel=0.01)
    assert (first - second).std() == pytest.approx(SPREAD, rel=0.01)
    assert (first - second).mean() == pytest.approx(0, abs=0.001)
    assert set(np.unique(first)) == {0.0, *GAINS}


def test_a_worse_model_has_its_share_of_the_quality() -> None:
    some = shop(300_000)
    assert some.values(some.model(0.62)).mean() == pytest.approx(0.62 * MEAN, rel=0.02)


def test_with_three_items_the_differences_are_smaller() -> None:
    some = shop(100_000, items=3)
    first, second = (some.values(some.model(1.0)) for _ in range(2))
    assert (first - second).std() == pytest.approx(SPREADS[3], rel=0.01)
    assert SPREADS[1] == SPREAD


def test_a_week_renews_a_twentieth_and_leaves_the_others() -> None:
    some = shop(1000)
    model = some.model(1.0)
    latent, part = some.item_part.copy(), model.part.copy()
    some.week()
    assert (some.item_part != latent).sum() == (model.part != part).sum() == 50
    assert ((some.item_part != latent) == (model.part != part)).all()


def test_the_validation_fold_is_no_part_of_the_value() -> None:
    some = shop(500, items=2, validation=1)
    model = some.model(1.0)
    assert (some.values(model) == some.values_of_items(model)[:, 1]).all()


def test_a_model_may_be_like_another() -> None:
    some = shop(200_000)
    first = some.model(1.0)
    like = some.model(1.0, first, 0.9)
    both = np.corrcoef(first.part[:, 0], like.part[:, 0])[0, 1]
    assert both == pytest.approx(np.sqrt(0.9), abs=0.01)
    assert like.part.std() == pytest.approx(1, rel=0.01)


def test_models_that_are_forgotten_live_no_more() -> None:
    some = shop(100)
    first, second = some.model(1.0), some.model(1.0)
    some.only(second)
    before = first.part.copy()
    some.week()
    assert (first.part == before).all()


def test_the_margin_is_the_larger_one() -> None:
    assert margin(1000, 1, 0.03, 2.5) == pytest.approx(0.1325, abs=1e-4)
    assert margin(40_000, 1, 0.03, 2.5) == 0.03
