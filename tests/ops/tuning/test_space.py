"""What is tried: a point of the space and the params that it stands for."""

import numpy as np
import pytest

from ops.tuning import params as tune_params
from ops.tuning import space as tuning
from ops.tuning.space import Choice, LogRange
from tests.ops.tuning.worlds import ALS, BPR, CONFIDENCE, TUNE, changed


def test_one_penalty_is_the_same_pull_on_a_typical_row_whatever_the_scaling() -> None:
    mass = tuning.typical_mass(CONFIDENCE, 2)
    rows = [2 * 10 + 3, 2 * 5 + 3, 2 * 5 + 2, 2 * 5 + 2, 2 * 5 + 2]  # users, then items
    assert mass == pytest.approx(np.prod(rows) ** (1 / 5))
    for scaling in (0.0, 0.5, 1.0):
        point = {"penalty": 30.0, "alpha": 2.0, "frequency_scaling": scaling}
        made = tuning.settings(point, ALS, CONFIDENCE)
        assert made.regularization * mass**scaling == pytest.approx(30, rel=0.005)
        assert made.frequency_scaling == scaling


def test_params_and_their_point_give_each_other() -> None:
    present = changed(
        ALS, factors=64, frequency_scaling=0.5, regularization=0.61, alpha=7.5
    )
    space = tuning.space(changed(TUNE, als__penalty=[0.01, 10000.0]), present)
    point = tuning.point_of(present, space, CONFIDENCE)
    assert point is not None and point.keys() == space.keys()
    assert tuning.settings(point, present, CONFIDENCE) == present
    for other in (changed(present, factors=63), changed(present, regularization=1e6)):
        assert tuning.point_of(other, space, CONFIDENCE) is None


def test_numbers_are_rounded_to_three_digits_before_they_are_tried() -> None:
    point = {
        "factors": 32,
        "learning_rate": 0.0123456,
        "regularization": 0.00098765,
        "hard_negative_share.popular": 0.1,
    }
    made = tuning.settings(point, BPR, CONFIDENCE)
    assert (made.learning_rate, made.regularization) == (0.0123, 0.000988)
    assert tuning.changes(BPR, made) == {
        key: value
        for key, value in {
            "factors": 32,
            "learning_rate": 0.0123,
            "regularization": 0.000988,
            "hard_negative_share.popular": 0.1,
        }.items()
        if tuning.flattened(BPR.model_dump())[key] != value
    }


def test_what_the_solver_does_not_use_is_not_tried() -> None:
    plain = changed(
        ALS,
        solver="implicit",
        frequency_scaling=0.0,
        feature_prior=False,
        dislikes="drop",
        search="off",
    )
    assert tuning.space(TUNE, plain).keys() == {"factors", "penalty", "alpha"}
    plain = changed(
        BPR,
        loss="bpr",
        solver="implicit",
        hard_negative_share__dislikes=0.0,
        hard_negative_share__popular=0.0,
    )
    assert tuning.space(TUNE, plain).keys() == {
        "factors",
        "learning_rate",
        "regularization",
    }
    space = tuning.space(TUNE, BPR)
    assert space["learning_rate"] == LogRange(*TUNE.bpr.learning_rate)
    assert space["hard_negative_share.popular"] == Choice(
        tuple(TUNE.bpr.hard_negative_share.popular)
    )


def test_triples_of_weights_begin_with_none_and_grow() -> None:
    grid = tune_params.HybridGrid(
        content=[0.5, 0.0], popularity=[1.0, 0.0], neighbours=[0.0, 2.0]
    )
    made = [
        (one.content, one.popularity, one.neighbours) for one in tuning.triples(grid)
    ]
    assert made[:4] == [(0, 0, 0), (0.5, 0, 0), (0, 1, 0), (0.5, 1, 0)]
    assert made[-1] == (0.5, 1, 2) and len(set(made)) == 8
