"""A winner is ahead of what training does by itself, and by more than luck."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ops.tuning import trials, winner
from ops.tuning.study import Done, Result
from ops.tuning.task import Task
from recsys.als.presets import PRESETS
from recsys.dataset.training_inputs import read_inputs
from recsys.ranking.places import DEEPEST
from tests.ops.tuning.worlds import ALS, BPR, TUNE, changed, shop_in, trials_of, tuned
from tests.worlds import popular_last, processed_shop

USERS = 400


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Task:
    folder: Path = tmp_path_factory.mktemp("shop")
    shop = processed_shop(folder, popular_last())
    on = trials.fold(read_inputs(shop.processed, shop.embeddings), 100)
    return Task("als", TUNE, ALS, on)


def found_by(first: int) -> np.ndarray:
    """Places of USERS users, of whom so many have what they bought on the first."""
    return np.where(np.arange(USERS) < first, 0, DEEPEST).astype(np.uint8)


def done(number: int, params: Any, first: int) -> Done:
    value = first / USERS
    return Done(
        number, params.model_dump(), value, found_by(first), {}, None, 1.0, None
    )


def result(present: int, *made: Done) -> Result:
    return Result(list(made), 0, found_by(present), False)


def test_training_tries_the_section_and_the_presets_that_fit_the_shop(
    task: Task,
) -> None:
    assert len(task.own) == 1 + len(space_of_presets(task))
    for search in ("weights", "off"):
        assert len(replace(task, present=changed(ALS, search=search)).own) == 1
    assert replace(task, model="bpr", present=BPR).own == [BPR]


def space_of_presets(task: Task) -> list[str]:
    texts = task.on.inputs.vectors.any()
    return [name for name in PRESETS if name != "dense" and (name != "texts" or texts)]


def test_what_training_finds_by_itself_is_no_gain(task: Task) -> None:
    """A preset, and other weights: with search they are taken anyway."""
    for own in (task.own[1], changed(ALS, hybrid__popularity=3.0)):
        made = result(100, done(0, ALS, 100), done(1, own, 200))
        assert winner.as_trained(task, made).tolist() == found_by(200).tolist()
        assert winner.changes(task, winner.winner(task, made)) == {}
    without = replace(task, present=changed(ALS, search="off"))
    made = result(100, done(0, ALS, 100), done(1, ALS, 200))
    assert winner.as_trained(without, made).tolist() == found_by(100).tolist()


def test_a_lead_of_training_that_is_not_sure_is_none(task: Task) -> None:
    made = result(100, done(0, ALS, 100), done(1, task.own[1], 101))
    assert winner.as_trained(task, made).tolist() == found_by(100).tolist()


def test_a_setting_of_its_own_that_is_surely_ahead_is_what_changes(task: Task) -> None:
    other = changed(ALS, factors=32)
    made = result(100, done(0, ALS, 100), done(1, other, 120))
    assert winner.changes(task, winner.winner(task, made)) == {"factors": 32}


def test_two_users_who_fall_the_same_way_change_nothing(task: Task) -> None:
    made = result(0, done(0, ALS, 0), done(1, changed(ALS, factors=32), 2))
    few = [replace(one, places=one.places[:2]) for one in made.done]
    made = replace(made, done=few, present=made.present[:2])
    assert winner.winner(task, made).lead == (1.0, 0.0, 2)
    assert winner.changes(task, winner.winner(task, made)) == {}


def test_the_luckiest_of_many_equal_settings_changes_nothing(task: Task) -> None:
    """Sixty settings, each as good as the present one."""
    rng, took = np.random.default_rng(5), {"by any lead": 0, "here": 0}
    for _ in range(100):
        draws = rng.random((61, USERS)) < 0.25
        places = np.where(draws, 0, DEEPEST).astype(np.uint8)
        made = Result(
            [
                replace(
                    done(at, changed(ALS, factors=1 + at), 0),
                    value=float(one.mean()),
                    places=place,
                )
                for at, (one, place) in enumerate(zip(draws, places, strict=True))
            ],
            0,
            places[0],
            False,
        )
        found = winner.winner(replace(task, present=changed(ALS, search="off")), made)
        took["by any lead"] += found.lead.mean > 0
        took["here"] += found.is_ahead
    assert took["by any lead"] > 95
    assert took["here"] < 40


def test_luck_grows_with_the_trials() -> None:
    assert winner.luck(1) == winner.luck(2) == 1.0
    assert winner.luck(60) == pytest.approx(2.32, abs=0.01)
    draws = np.random.default_rng(1).standard_normal((20_000, 60)).max(axis=1)
    assert winner.luck(60) == pytest.approx(draws.mean(), abs=0.03)


def test_presets_are_measured_once_and_before_all_others(
    tmp_path: Path, store_template: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = shop_in(tmp_path, store_template, **{"train_als.search": "presets"})
    tuned(shop, timeout=1e-9)
    first = trials_of(shop)
    assert len(first) > 1
    tuned(shop, timeout=1e-9, apply=True)
    assert trials_of(shop) == first
    said = capsys.readouterr().out
    assert "as training takes them (train_als.search: presets): 1.0000" in said
    assert "nothing to change" in said
