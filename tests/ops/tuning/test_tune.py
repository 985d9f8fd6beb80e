"""A search is resumed after a kill, is the same twice, never reads the test, is in MLflow once, and
is written once.
"""

import json
import logging
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bench.house.imports import ROOT
from ops import lock
from ops.tuning import space, study, tune
from ops.tuning.params_file import rewritten
from recsys.program import params
from recsys.program.errors import ConfigError, DataError, InstanceError, StoreError
from recsys.registry import store
from tests.worlds import Shop, complains, one_blas_thread, popular_last, processed_shop

TRIALS = 4
WEAK = {
    "factors": 32,
    "regularization": 0.6,
    "frequency_scaling": 0.5,
    "alpha": 7.5,
    "dislike_weight": 5.0,
}
TIME_LIMIT_S = 120.0


def shop_in(folder: Path, mlruns: Path, **values: Any) -> Shop:
    """That world with the shipped params.yaml, some of its values changed in place; the test is no
    table.
    """
    shop = processed_shop(folder, popular_last())
    (shop.processed / "test.parquet").write_bytes(b"nobody reads this")
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    given = WEAK | {"hybrid.content": 0.0, "hybrid.popularity": 0.0}
    weak = {f"train_als.{key}": value for key, value in given.items()}
    shop.params.write_text(rewritten(text, weak | values), encoding="utf-8")
    if not (folder / "mlruns").exists():
        shutil.copytree(mlruns, folder / "mlruns")
    return shop


def tuned(shop: Shop, trials: int = TRIALS, **options: Any) -> None:
    with one_blas_thread():
        tune.main(**{"model": "als", "trials": trials, **places(shop), **options})


def places(shop: Shop) -> dict[str, Path]:
    state, mlruns = shop.folder / "state", shop.folder / "mlruns"
    return {
        "data": shop.processed,
        "embeddings": shop.embeddings,
        "params": shop.params,
        "state": state,
        "mlruns": mlruns,
    }


def trials_of(shop: Shop) -> list[tuple[str, float, str]]:
    """Settings, value and places of each trial that is complete, in order."""
    with closing(sqlite3.connect(shop.folder / "state/tune.db")) as database:
        return database.execute(
            "SELECT s.value_json, v.value, p.value_json FROM trials t JOIN trial_values v USING (trial_id) "
            "JOIN trial_user_attributes s ON s.trial_id = t.trial_id AND s.key = 'settings' "
            "JOIN trial_user_attributes p ON p.trial_id = t.trial_id AND p.key = 'places' ORDER BY t.trial_id"
        ).fetchall()


@pytest.fixture(autouse=True, scope="module")
def _as_it_was() -> Any:
    """The program changes how the process takes SIGTERM, its environment, and what it logs."""
    handler, environment = signal.getsignal(signal.SIGTERM), dict(os.environ)
    level = logging.getLogger("recsys").level
    yield
    logging.getLogger("recsys").setLevel(level)
    signal.signal(signal.SIGTERM, handler)
    os.environ.clear()
    os.environ.update(environment)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, store_template: Path) -> Shop:
    """A study of TRIALS trials that nobody disturbed. Copy it before you go on with it."""
    shop = shop_in(tmp_path_factory.mktemp("whole"), store_template)
    tuned(shop)
    return shop


@pytest.fixture
def copied(whole: Shop, tmp_path: Path) -> Shop:
    shutil.copytree(whole.folder, tmp_path / "copy")
    return Shop(tmp_path / "copy")


# ---- the study ----


def test_the_present_params_come_first_and_a_weight_on_popularity_is_better(whole: Shop) -> None:
    first, *others = trials_of(whole)
    present = params.load(space.SECTIONS["als"], "train_als", whole.params)
    assert len(others) == TRIALS - 1
    tried = space.flattened(json.loads(first[0]))
    now = space.flattened(present.model_dump())
    assert {key for key in now if now[key] != tried[key]} == {"hybrid.popularity"}
    assert first[1] == 1
    assert len({settings for settings, _, _ in trials_of(whole)}) == TRIALS  # no draw comes again


def test_a_killed_study_goes_on_and_ends_as_one_that_nobody_disturbed(
    whole: Shop, tmp_path: Path, store_template: Path
) -> None:
    shop = shop_in(tmp_path, store_template)
    options = [word for name, path in places(shop).items() for word in (f"--{name}", str(path))]
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


def count(shop: Shop, state: str) -> int:
    try:
        with closing(
            sqlite3.connect(f"file:{shop.folder}/state/tune.db?mode=ro", uri=True)
        ) as database:
            return int(
                database.execute("SELECT count(*) FROM trials WHERE state = ?", [state]).fetchone()[
                    0
                ]
            )
    except sqlite3.OperationalError:
        return 0


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
    path.write_text(re.sub(r"penalty: \[[^]]*\]", "penalty: [2.0, 20.0]", text), encoding="utf-8")
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
        study.trials, "judged", lambda *_: os.kill(os.getpid(), signal.SIGTERM) or time.sleep(9)
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


# ---- params.yaml ----


def test_apply_writes_the_winner_of_a_finished_study_and_nothing_else(
    copied: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    before = copied.params.read_bytes()
    tuned(copied)
    said = capsys.readouterr().out
    assert copied.params.read_bytes() == before and "--apply writes this" in said
    tuned(copied, apply=True)
    lines = zip(before.splitlines(), copied.params.read_bytes().splitlines(), strict=True)
    different = [(old.decode(), new.decode()) for old, new in lines if old != new]
    assert [old.split(":")[0].strip() for old, _ in different] == ["hybrid"]
    for old, new in different:
        assert old.partition("#")[1:] == new.partition("#")[1:]
        assert re.search(r"popularity: ([\d.]+)", new)[1] in said
    assert len(trials_of(copied)) == TRIALS

    capsys.readouterr()
    applied = copied.params.read_bytes()
    tuned(copied, apply=True)  # what it is compared with is now the winner itself
    assert "nothing to change" in capsys.readouterr().out
    assert (copied.params.read_bytes(), len(trials_of(copied))) == (applied, TRIALS)


def test_other_present_params_are_measured_before_a_winner_may_replace_them(copied: Shop) -> None:
    text = copied.params.read_text(encoding="utf-8")
    copied.params.write_text(
        rewritten(text, {"train_als.hybrid.popularity": 77.0}), encoding="utf-8"
    )
    before = copied.params.read_bytes()
    tuned(copied, apply=True)
    assert copied.params.read_bytes() == before  # they are as good
    assert len(trials_of(copied)) == TRIALS + 1


def test_params_that_were_changed_meanwhile_are_left_alone(copied: Shop) -> None:
    (task,) = tune.tasks("als", copied.processed, copied.embeddings, copied.params)
    text = copied.params.read_text(encoding="utf-8")
    copied.params.write_text(rewritten(text, {"train_als.iterations": 3}), encoding="utf-8")
    before = copied.params.read_bytes()
    with complains(ConfigError, "train_als", "was changed"):
        tune.write(copied.params, task, {"factors": 3})
    assert copied.params.read_bytes() == before
    assert not list(copied.folder.glob(".*.part"))


# ---- MLflow ----


def child_runs(shop: Shop) -> list[Any]:
    client = store.reader(shop.folder / "mlruns")
    experiment = client.get_experiment_by_name(store.EXPERIMENT)
    assert experiment
    found = client.search_runs([experiment.experiment_id], "tags.kind = 'trial'")
    return sorted(found, key=lambda run: int(run.data.tags["trial"]))


def test_each_trial_is_one_nested_run_however_often_the_study_is_taken_up(copied: Shop) -> None:
    client = store.client(copied.folder / "mlruns")
    experiment = client.get_experiment_by_name(store.EXPERIMENT)
    assert experiment
    (cut,) = [run for run in child_runs(copied) if run.data.tags["trial"] == "1"]
    client.update_run(cut.info.run_id, "RUNNING")  # as a kill leaves it
    tuned(copied)
    (parent,) = client.search_runs([experiment.experiment_id], "tags.kind = 'tuning'")
    children = child_runs(copied)
    assert [run.data.tags["mlflow.parentRunId"] for run in children] == [
        parent.info.run_id
    ] * TRIALS
    assert {run.info.status for run in (parent, *children)} == {"FINISHED"}
    assert [run.data.metrics["ndcg_at_10"] for run in children] == [
        value for _, value, _ in trials_of(copied)
    ]
    assert (
        parent.data.metrics["best_ndcg_at_10"] == 1
        and "hybrid.popularity" in children[0].data.params
    )
    assert not client.search_runs([experiment.experiment_id], "tags.model_id LIKE '%'")


# ---- what a user does wrong ----


def test_no_data_or_wrong_options_are_one_message(tmp_path: Path, store_template: Path) -> None:
    shop = shop_in(tmp_path, store_template)
    for options in ({"trials": 0}, {"timeout": 0.0}, {"timeout": float("nan")}):
        with complains(ConfigError, "above 0"):
            tuned(shop, **options)
    with (
        lock.hold(shop.folder / "state" / tune.LOCK, "tuning", {"pid": 1}),
        complains(InstanceError, "process 1"),
    ):
        tuned(shop)
    (shop.folder / "state/tune.db").write_bytes(b"no database" * 99)
    with complains(StoreError, "tune.db", "move it away"):
        tuned(shop)
    (shop.processed / "validation.parquet").unlink()
    with complains(DataError, "validation.parquet", "make repro"):
        tuned(shop)
