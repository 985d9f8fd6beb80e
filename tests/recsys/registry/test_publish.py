"""An evaluation is published once, however often it is called and wherever the call before it was
killed.
"""

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bench.house.imports import ROOT
from recsys.files.atomic import read_json, write_json
from recsys.models import factors, model_folder
from recsys.program.errors import DataError, StoreError
from recsys.registry import publish as tracking
from recsys.registry import store
from recsys.registry import versions as registry
from tests.worlds import complains, copy_store

if TYPE_CHECKING:
    from mlflow import MlflowClient

pytestmark = [
    # MLflow's own table definitions use what SQLAlchemy 2.1 deprecates; nothing here can change
    # that
    pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated"),
]

VALUES = {"als": 0.3, "bpr": 0.2, "popularity": 0.25, "random": 0.01}


class World:
    """Two models, an evaluation of them, and a store."""

    def __init__(self, folder: Path) -> None:
        self.mlruns = folder / "mlruns"
        self.metrics = folder / "metrics/evaluate.json"
        self.folders = {name: folder / "models" / name for name in ("als", "bpr")}
        for name in self.folders:
            self.train(name, seed=1)
        self.report(VALUES)

    def train(self, name: str, seed: int) -> str:
        ones = np.full((1, 2), seed, np.float32)
        curve = [{"iteration": step, "loss": 1 / step} for step in (1.0, 2.0)]
        params = {"factors": 2, "seed": seed}
        return model_folder.save(
            factors.Factors(["u"], ["i"], ones, ones), curve, name, params, {}, self.folders[name]
        )

    def report(self, values: dict[str, float], best: str = "als") -> None:
        rows = {
            name: {"recall_at_10": value, "recall_at_10_low": value - 0.01}
            for name, value in values.items()
        }
        write_json(
            self.metrics, {"best": best, "primary": "recall_at_10", "test_users": 9, "models": rows}
        )

    def publish(self) -> tracking.Published:
        return tracking.publish(self.metrics, self.folders, self.mlruns)

    @property
    def client(self) -> "MlflowClient":
        return store.client(self.mlruns)

    @property
    def experiment_id(self) -> str:
        experiment = self.client.get_experiment_by_name(store.EXPERIMENT)
        assert experiment is not None
        return str(experiment.experiment_id)

    def runs(self) -> list[Any]:
        return list(self.client.search_runs([self.experiment_id]))

    def versions(self) -> list[tuple[int, str, str]]:
        return [
            (version.number, version.model_id, version.stage)
            for version in registry.versions(self.client)
        ]


@pytest.fixture
def world(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> World:
    copy_store(tmp_path_factory, tmp_path)
    monkeypatch.chdir(tmp_path)  # dvc.lock is read where the command runs
    return World(tmp_path)


def summary(world: World) -> dict[str, tuple[str, dict[str, float], dict[str, str]]]:
    """Status, metrics and params of each run, by its model id."""
    return {
        run.data.tags["model_id"]: (run.info.status, run.data.metrics, run.data.params)
        for run in world.runs()
    }


def test_every_model_and_baseline_is_a_run_and_the_best_model_a_staged_version(
    world: World,
) -> None:
    published = world.publish()
    als = model_folder.model_id(read_json(world.folders["als"] / "manifest.json"))
    bpr = model_folder.model_id(read_json(world.folders["bpr"] / "manifest.json"))
    assert published == tracking.Published(als, 1, "Staging", "recall_at_10", 0.3, 0.25)
    assert published.sentence() == (
        f"registered {als} as version 1 (stage Staging): recall_at_10 0.3000 beats popularity's 0.2500"
    )
    found = summary(world)
    assert len(found) == len(world.runs()) == 4
    assert found[als] == (
        "FINISHED",
        {"recall_at_10": 0.3, "recall_at_10_low": 0.29, "train_loss": 0.5},
        {"factors": "2", "seed": "1"},
    )
    assert {name.partition("-")[0] for name in found} == set(VALUES)
    assert bpr in found
    assert world.versions() == [(1, als, "Staging")]
    assert tracking.marker(
        world.mlruns, tracking.evaluation_id(world.metrics, world.folders)
    ).read_text() == (published.sentence() + "\n")


def test_the_runs_have_the_models_files_and_the_curve(world: World) -> None:
    world.publish()
    (run,) = (run for run in world.runs() if run.data.tags["model_type"] == "als")
    names = [entry.path for entry in world.client.list_artifacts(run.info.run_id, "model")]
    assert names == ["model/curve.json", "model/factors.npz", "model/manifest.json"]
    history = world.client.get_metric_history(run.info.run_id, "train_loss")
    assert [(point.step, point.value) for point in history] == [(1, 1.0), (2, 0.5)]
    location = Path(run.info.artifact_uri.removeprefix("file://")) / "model"
    assert model_folder.load(location).user_ids == ["u"]


def test_published_twice_are_the_same_runs_and_one_version(world: World) -> None:
    first = world.publish()
    before, versions = (
        {run.info.run_id: run.to_dictionary() for run in world.runs()},
        world.versions(),
    )
    assert world.publish() == first
    assert {run.info.run_id: run.to_dictionary() for run in world.runs()} == before
    assert world.versions() == versions


def test_the_same_model_in_another_evaluation_has_its_metrics(world: World) -> None:
    first = world.publish()
    world.report({**VALUES, "als": 0.4})
    second = world.publish()
    assert (second.model_id, second.version, second.value) == (first.model_id, 1, 0.4)
    found = summary(world)
    assert found[first.model_id][1]["recall_at_10"] == 0.4
    assert sorted(name.partition("-")[0] for name in found) == [
        "als",
        "bpr",
        *["popularity"] * 2,
        *["random"] * 2,
    ]


def test_a_model_that_does_not_beat_popularity_is_registered_and_not_staged(world: World) -> None:
    world.report({**VALUES, "popularity": 0.3})
    published = world.publish()
    assert published.stage == "None"
    assert "does not beat popularity's 0.3000" in published.sentence()
    assert [stage for *_, stage in world.versions()] == ["None"]


def test_a_better_model_is_the_next_version_and_takes_the_stage(world: World) -> None:
    first = world.publish()
    second_id = world.train("als", seed=2)
    second = world.publish()
    assert (second.model_id, second.version, second.stage) == (second_id, 2, "Staging")
    assert world.versions() == [(1, first.model_id, "Archived"), (2, second_id, "Staging")]
    assert sorted(run.data.tags["model_type"] for run in world.runs()) == [
        "als",
        "als",
        "bpr",
        "popularity",
        "popularity",
        "random",
        "random",
    ]


def test_the_champion_stays_in_production_when_it_is_published_again(world: World) -> None:
    first = world.publish()
    registry.set_production(world.client, first.version)
    assert world.publish().stage == "Production"
    assert world.versions() == [(1, first.model_id, "Production")]


def test_a_run_that_was_left_running_is_completed(world: World) -> None:
    """What a kill after `create_run` leaves."""
    als = model_folder.model_id(model_folder.load_manifest(world.folders["als"]))
    left = world.client.create_run(
        world.experiment_id,
        run_name=als,
        tags={"model_id": als, "model_type": "als", "kind": "model"},
    )
    world.client.log_param(left.info.run_id, "factors", "2")
    world.publish()
    status, metrics, params = summary(world)[als]
    assert len(world.runs()) == 4
    assert left.info.run_id in {run.info.run_id for run in world.runs()}
    assert (status, metrics["recall_at_10"], params) == (
        "FINISHED",
        0.3,
        {"factors": "2", "seed": "1"},
    )


KILLED = """
import os, sys
from pathlib import Path
from mlflow import MlflowClient
from recsys.registry import publish
left = [int(sys.argv[2])]
for name in ("create_run", "log_batch", "log_artifacts", "set_tag", "set_terminated", "create_registered_model",
             "create_model_version", "set_registered_model_alias", "transition_model_version_stage"):
    def wrapped(*arguments, call=getattr(MlflowClient, name), **options):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), 9)
        return call(*arguments, **options)
    setattr(MlflowClient, name, wrapped)
folder = Path(sys.argv[1])
folders = {name: folder / "models" / name for name in ("als", "bpr")}
publish.publish(folder / "metrics/evaluate.json", folders, folder / "mlruns")
"""


@pytest.mark.parametrize("calls", [2, 9, 20])
def test_killed_before_a_call_of_mlflow_the_next_publish_completes_it(
    world: World, tmp_path: Path, calls: int
) -> None:
    child = subprocess.run(
        [sys.executable, "-c", KILLED, tmp_path, str(calls)],
        cwd=tmp_path,
        check=False,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
    )
    assert child.returncode == -9, child.stderr.decode()[-500:]
    assert not (world.mlruns / "published").exists()
    published = world.publish()
    found = summary(world)
    assert len(found) == len(world.runs()) == 4
    assert {status for status, *_ in found.values()} == {"FINISHED"}
    assert {metrics["recall_at_10"] for _, metrics, _ in found.values()} == set(VALUES.values())
    assert world.versions() == [(1, published.model_id, "Staging")]
    (run,) = (run for run in world.runs() if run.data.tags["model_id"] == published.model_id)
    assert len(world.client.list_artifacts(run.info.run_id, "model")) == 3


def test_a_deleted_experiment_is_one_line(world: World) -> None:
    world.client.delete_experiment(world.experiment_id)
    try:
        world.publish()
    except (DataError, StoreError) as error:
        assert "deleted" in str(error)
    else:
        assert [run.info.status for run in world.runs()] == ["FINISHED"] * 4


@pytest.mark.parametrize(
    "name", ["metrics/evaluate.json", "models/als/manifest.json", "models/bpr/factors.npz"]
)
@pytest.mark.parametrize("content", [None, b"", b"{"])
def test_a_missing_or_torn_file_is_a_data_error(
    tmp_path: Path, name: str, content: bytes | None
) -> None:
    world = World(tmp_path)
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(content)
    with complains(DataError, tmp_path / name):
        world.publish()
    assert not world.mlruns.exists()


def test_a_store_that_is_none_is_a_store_error(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.mlruns.mkdir()
    (world.mlruns / store.DATABASE).write_bytes(b"no database" * 1000)
    with complains(StoreError, world.mlruns / store.DATABASE):
        world.publish()


def test_lineage_is_the_hashes_of_the_data_and_of_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "dvc.lock"
    lock.write_text(
        "schema: '2.0'\nstages:\n  merge:\n    deps:\n    - {path: data/raw, md5: ab.dir}\n"
        "    - {path: recsys/a.py, md5: cd}\n    outs:\n    - {path: data/merged/x.parquet, md5: ef}\n"
    )
    tags = tracking.read_lineage(lock)
    assert {key: value for key, value in tags.items() if key.startswith("dvc.")} == {
        "dvc.data/raw": "ab.dir",
        "dvc.data/merged/x.parquet": "ef",
    }
    assert len(tags["dvc_lock_sha256"]) == 64


@pytest.mark.parametrize("content", [None, "", "stages: {}\n"])
def test_lineage_without_a_lock_or_git_is_empty(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "dvc.lock").write_text(content)
    assert tracking.read_lineage(tmp_path / "dvc.lock").keys() <= {"dvc_lock_sha256"}


@pytest.mark.parametrize("content", ["stages:\n  a: [\n", "- a\n", "stages: [1]\n"])
def test_a_torn_lock_is_no_traceback(tmp_path: Path, content: str) -> None:
    (tmp_path / "dvc.lock").write_text(content)
    try:
        assert "dvc_lock_sha256" in tracking.read_lineage(tmp_path / "dvc.lock")
    except DataError as error:
        assert "dvc.lock" in str(error)


def test_lineage_names_the_commit_and_whether_files_differ_from_it(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments],
            cwd=tmp_path,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    git("init")
    (tmp_path / "a").write_text("x")
    git("add", "a")
    git("commit", "-m", "x")
    assert tracking.read_lineage(tmp_path / "dvc.lock") == {
        "mlflow.source.git.commit": git("rev-parse", "HEAD"),
        "git_dirty": "false",
    }
    (tmp_path / "a").write_text("y")
    assert tracking.read_lineage(tmp_path / "dvc.lock")["git_dirty"] == "true"
