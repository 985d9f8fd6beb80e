"""A study's name says all that its trials are a function of, and nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest

from ops.tuning import trials
from ops.tuning.task import Task, fit_of, written
from recsys.dataset.training_inputs import read_inputs
from tests.ops.tuning.worlds import ALS, TUNE, changed
from tests.worlds import popular_last, processed_shop


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Task:
    folder: Path = tmp_path_factory.mktemp("shop")
    shop = processed_shop(folder, popular_last())
    on = trials.fold(read_inputs(shop.processed, shop.embeddings), 100)
    return Task("als", TUNE, ALS, on)


def test_present_values_of_what_is_tried_do_not_change_the_name(task: Task) -> None:
    tried = changed(ALS, factors=7, regularization=3.0, alpha=2.0, hybrid__content=0.9)
    assert replace(task, present=tried).name == task.name
    assert replace(task, tune=changed(TUNE, trials=3, timeout_s=1.0)).name == task.name


def test_what_is_fixed_and_the_rules_change_the_name(task: Task) -> None:
    others = [
        replace(task, present=changed(ALS, iterations=3)),
        replace(task, tune=changed(TUNE, seed=7)),
        replace(task, tune=changed(TUNE, als__factors=[4, 8])),
    ]
    assert len({task.name, *(other.name for other in others)}) == 4
    assert task.name.startswith("als-")


def test_weights_and_checkpoints_are_no_part_of_a_fit(task: Task) -> None:
    assert "factors" in fit_of(ALS)
    assert not [
        key for key in fit_of(ALS) if key.startswith(("hybrid", "checkpoint", "warm"))
    ]
    assert "regularization" in written(task.space) and "penalty" not in written(
        task.space
    )
