"""BPR learns who likes what, stops where it should, and goes on after a kill: the same bytes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bench.house.imports import ROOT
from recsys.bpr import fit as bpr
from recsys.dataset.interactions import taken_out
from recsys.models.checkpoints import Checkpoints, State
from recsys.program.errors import ConfigError, DataError
from tests.recsys.bpr.worlds import (
    fit,
    held_out_of,
    none_of,
    params,
    random_world,
    same,
)
from tests.worlds import complains, even_odd


@pytest.mark.parametrize("solver", ["native", "implicit"])
def test_even_users_like_even_items(solver: str) -> None:
    made = fit(even_odd(), solver=solver)
    scores = made.user_factors @ made.item_factors.T
    likes = np.add.outer(np.arange(12), np.arange(10)) % 2 == 0
    for user in range(12):
        assert scores[user][likes[user]].min() > scores[user][~likes[user]].max()
    assert [point["epoch"] for point in made.curve] == list(range(1, 201))
    assert made.curve[-1]["train_auc"] > 0.95
    assert all(0 <= point["train_auc"] <= 1 for point in made.curve)


@pytest.mark.parametrize("solver", ["native", "implicit"])
def test_shapes_the_bias_is_the_last_column_and_the_same_bytes_for_the_same_seed(
    solver: str,
) -> None:
    first, second, other = (
        fit(even_odd(), epochs=5, solver=solver, seed=seed) for seed in (1, 1, 2)
    )
    assert (first.user_factors.shape, first.item_factors.shape) == ((12, 5), (10, 5))
    assert first.user_factors[:, -1].tolist() == [1] * 12
    assert first.user_factors.dtype == first.item_factors.dtype == np.float32
    assert same(first, second)
    assert not same(first, other)


@pytest.mark.parametrize("solver", ["native", "implicit"])
def test_the_search_fits_without_the_validation_positives_and_ends_at_its_best(
    solver: str,
) -> None:
    user_items, dislikes = random_world()
    held_out = held_out_of(user_items)
    given = params(solver=solver, epochs=80)
    found = bpr.search(user_items, dislikes, held_out, given)
    looks = {
        point["epoch"]: point["valid_recall_at_10"]
        for point in found.fold.curve
        if len(point) == 3
    }
    assert looks[found.epochs] == max(looks.values())
    assert len(found.fold.curve) == found.epochs + 2 * 3 < 80
    again = bpr.fit(
        taken_out(user_items, held_out), dislikes, given, epochs=found.epochs
    )
    assert again.user_factors.tobytes() == found.fold.user_factors.tobytes()
    assert again.item_factors.tobytes() == found.fold.item_factors.tobytes()


def test_without_validation_positives_it_is_all_epochs(
    caplog: pytest.LogCaptureFixture,
) -> None:
    user_items, dislikes = random_world()
    found = bpr.search(user_items, dislikes, none_of(user_items), params(epochs=5))
    assert (found.epochs, len(found.fold.curve)) == (5, 5)
    assert "no early stopping, all 5 epochs" in caplog.text


class Asked(Checkpoints):
    """Notes the epochs after which it is asked to save, and dies before it saves that of `at`."""

    def __init__(
        self, folder: Path, made_of: object, every: int, at: int = 0, kill: bool = False
    ) -> None:
        super().__init__(folder, made_of, every)
        self.at, self.kill = at, kill
        self.epochs: list[int] = []

    def save(self, step: int, state: State) -> None:
        self.epochs.append(step)
        if step == self.at and self.kill:
            os.kill(os.getpid(), signal.SIGKILL)
        if step == self.at:
            raise KeyboardInterrupt
        super().save(step, state)


def test_a_fit_that_broke_off_ends_with_the_same_bytes(tmp_path: Path) -> None:
    user_items, dislikes = random_world()
    given = params(hard_negative_share={"dislikes": 0.2, "popular": 0.2})

    broken = Asked(tmp_path, "fit", 2, at=6)
    with pytest.raises(KeyboardInterrupt):
        bpr.fit(user_items, dislikes, given, epochs=9, checkpoints=broken)
    kept = Asked(tmp_path, "fit", 2)
    resumed = bpr.fit(user_items, dislikes, given, epochs=9, checkpoints=kept)
    assert kept.epochs == [5, 6, 7, 8, 9]
    assert same(resumed, bpr.fit(user_items, dislikes, given, epochs=9))


KILLED = """
import sys
from pathlib import Path
from tests.recsys.bpr import test_fit as ours
ours.searched(ours.Asked(Path(sys.argv[1]), "search", 3, at=int(sys.argv[2]), kill=True))
"""


def searched(checkpoints: Checkpoints | None) -> bpr.Searched:
    user_items, dislikes = random_world()
    held_out, given = held_out_of(user_items), params(epochs=80)
    return bpr.search(user_items, dislikes, held_out, given, checkpoints=checkpoints)


def test_a_killed_search_ends_with_the_same_bytes(tmp_path: Path) -> None:
    whole = searched(None)
    last = len(whole.fold.curve)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, tmp_path, str(last - 1)], cwd=ROOT, check=False
    )
    assert done.returncode == -signal.SIGKILL
    kept = Asked(tmp_path, "search", 3)
    resumed = searched(kept)
    assert 0 < len(kept.epochs) <= 4
    assert resumed.epochs == whole.epochs
    assert same(resumed.fold, whole.fold)


def test_it_begins_at_given_factors_and_leaves_them_as_they_are() -> None:
    first = fit(even_odd(), epochs=20)
    kept = first.user_factors.copy()
    start = (first.user_factors, first.item_factors)
    more = bpr.fit(even_odd(), none_of(even_odd()), params(), epochs=1, start=start)
    assert more.curve[0]["train_auc"] > 0.9
    assert (first.user_factors == kept).all()
    with pytest.raises(ValueError, match="do not fit a matrix of"):
        bpr.fit(even_odd(14), none_of(even_odd(14)), params(), epochs=1, start=start)


@pytest.mark.parametrize("solver", ["native", "implicit"])
def test_factors_that_grow_beyond_bounds_name_the_learning_rate(solver: str) -> None:
    with complains(
        ConfigError,
        "train_bpr.learning_rate",
        "beyond bounds at 100",
        "regularization 1;",
        "lower it",
    ):
        fit(
            even_odd(),
            epochs=60,
            solver=solver,
            learning_rate=100.0,
            regularization=1.0,
        )


def test_no_positive_at_all_is_refused() -> None:
    with complains(DataError, "no training positives", "process.positive_threshold"):
        fit(none_of(even_odd()))
