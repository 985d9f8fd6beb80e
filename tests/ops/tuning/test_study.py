"""A search is resumed after a kill, is the same twice, and never reads the test."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.house.imports import ROOT
from ops import lock
from ops.tuning import space, study, tune
from recsys.program import params
from recsys.program.errors import ConfigError
from tests.ops.tuning.worlds import (
    TRIALS,
    child_runs,
    count,
    places,
    shop_in,
    trials_of,
    tuned,
)
from tests.worlds import Shop, popular_last, processed_shop

TIME_LIMIT_S = 120.0


def test_the_present_params_come_first_and_a_weight_on_popularity_is_better(
    whole: Shop,
) -> None:
    first, *others = trials_of(whole)
    present = params.load(space.SECTIONS["als"], "train_als", whole.params)
    assert len(others) == TRIALS - 1
    tried = space.flattened(json.loads(first[0]))
    now = space.flattened(present.model_dump())
    assert {key for key in now if now[key] != tried[key]} == {"hybrid.popularity"}
    assert first[1] == 1
    assert (
        len({settings for settings, _, _ in trials_of(whole)}) == TRIALS
    )  # no draw comes again


def test_a_killed_study_goes_on_and_ends_as_one_that_nobody_disturbed(
    whole: Shop, tmp_path: Path, store_template: Path
) -> None:
    shop = shop_in(tmp_path, store_template)
    options = [
        word for name, path in places(shop).items() for word in (f"--{name}", str(path))
    ]
    words = [
        sys.executable,
        "-m",
        "ops.tuning.tune",
        "--model",
        "als",
        "--trials",
        str(TRIALS),
        *options,
    ]
    process = subprocess.Popen(
        words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_for(lambda: count(shop, "RUNNING") and count(shop, "COMPLETE") > 1, process)
    process.kill()
    process.wait()
    left = count(shop, "COMPLETE")
    assert left < TRIALS and not lock.holder(shop.folder / "state" / tune.LOCK)
    tuned(shop)
    assert trials_of(shop) == trials_of(whole)
    assert count(shop, "RUNNING") == 0
    assert len(child_runs(shop)) == TRIALS


def wait_for(ready: Callable[[], object], process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + TIME_LIMIT_S
    while not ready():
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.002)


def test_a_study_that_is_taken_up_goes_on_where_it_was_and_other_data_are_another(
    copied: Shop,
) -> None:
    before = trials_of(copied)
    tuned(copied, TRIALS + 1)
    after = trials_of(copied)
    assert (after[:TRIALS], len(after)) == (before, TRIALS + 1)
    other = processed_shop(copied.folder / "other", popular_last(users=44))
    tuned(copied, 1, data=other.processed, embeddings=other.embeddings)
    tuned(copied, 1, params=other_space(copied))
    with closing(sqlite3.connect(copied.folder / "state/tune.db")) as database:
        assert len(database.execute("SELECT study_name FROM studies").fetchall()) == 3


def other_space(shop: Shop) -> Path:
    path = shop.folder / "other.yaml"
    text = shop.params.read_text(encoding="utf-8")
    path.write_text(
        re.sub(r"penalty: \[[^]]*\]", "penalty: [2.0, 20.0]", text), encoding="utf-8"
    )
    return path


def test_a_timeout_ends_the_study_with_the_present_params_measured(
    tmp_path: Path, store_template: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = shop_in(tmp_path, store_template)
    tuned(shop, timeout=1e-9)
    assert len(trials_of(shop)) == 1
    assert ": 1 trials; by 20 held-out positives" in capsys.readouterr().out


def test_ctrl_c_ends_it_with_what_there_is_and_writes_nothing(
    copied: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = copied.params.read_bytes()
    monkeypatch.setattr(
        study.trials,
        "judged",
        lambda *_: os.kill(os.getpid(), signal.SIGTERM) or time.sleep(9),
    )
    tuned(copied, TRIALS + 3, apply=True)
    said = capsys.readouterr().out
    assert "the same command goes on from here" in said and "written" not in said
    assert copied.params.read_bytes() == before
    assert (count(copied, "COMPLETE"), count(copied, "RUNNING")) == (TRIALS, 0)


def test_factors_that_grow_beyond_bounds_count_as_a_trial_and_never_win(
    copied: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def grown(*_: Any) -> None:
        raise ConfigError("the factors grew beyond bounds")

    monkeypatch.setattr(study.trials, "judged", grown)
    tuned(copied, TRIALS + 2)
    assert f"{TRIALS} trials, 2 more whose factors grew" in capsys.readouterr().out


def test_the_best_of_equal_trials_is_the_earliest() -> None:
    def trial(number: int, value: float) -> study.Done:
        return study.Done(
            number, {}, value, np.zeros(1, dtype=np.uint8), {}, None, 1.0, None
        )

    result = study.Result(
        [trial(0, 0.1), trial(1, 0.3), trial(2, 0.3)], 0, np.zeros(1), False
    )
    assert [done.number for done in study.best(result, 2)] == [1, 2]


def test_places_are_kept_as_a_list_of_numbers(whole: Shop) -> None:
    for _, _, kept in trials_of(whole):
        numbers = json.loads(kept)
        assert len(numbers) == 20
        assert set(numbers) <= set(range(11))
