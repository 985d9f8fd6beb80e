"""An evaluation is published once, however often it is called and wherever the call before it was
killed.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from recsys.models import manifest
from recsys.program.errors import DataError, StoreError
from recsys.registry import logged_models, publish, store, versions
from recsys.registry.published import evaluation_id, marker
from tests.recsys.registry.processes import Forks
from tests.recsys.registry.worlds import STATE, VALUES, World, summary
from tests.worlds import complains

# MLflow's own table definitions use what SQLAlchemy 2.1 deprecates; nothing here can change that
pytestmark = pytest.mark.filterwarnings(
    "ignore:The ``noload`` loader strategy is deprecated"
)


def test_every_model_and_baseline_is_a_run_and_the_best_model_a_staged_version(
    world: World,
) -> None:
    published = world.publish()
    als = manifest.read(world.folders["als"]).model_id
    bpr = manifest.read(world.folders["bpr"]).model_id
    assert published == publish.Published(als, 1, "Staging", "recall_at_10", 0.3, 0.25)
    assert published.sentence() == (
        f"registered {als} as version 1 (stage Staging): "
        f"recall_at_10 0.3000 beats popularity's 0.2500"
    )
    found = summary(world)
    assert len(found) == len(world.others()) == 4
    assert found[als] == (
        "FINISHED",
        {"recall_at_10": 0.3, "recall_at_10_low": 0.29, "train_loss": 0.5},
        {"factors": "2", "seed": "1"},
    )
    assert {name.partition("-")[0] for name in found} == set(VALUES)
    assert bpr in found
    assert world.versions() == [(1, als, "Staging")]
    assert marker(
        world.mlruns, evaluation_id(world.metrics, world.folders)
    ).read_text() == (published.sentence() + "\n")


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
        *("als", "bpr", "popularity", "random")
    ]


def test_a_baseline_is_logged_once_a_state_of_the_data(world: World) -> None:
    world.publish()
    world.train("als", seed=2)
    world.report({**VALUES, "als": 0.4})
    world.publish()
    kinds = [run.data.tags["kind"] for run in world.runs()]
    assert sorted(kinds) == ["baseline"] * 2 + ["evaluation"] + ["model"] * 3
    (run,) = (
        run for run in world.runs() if run.data.tags["model_type"] == "popularity"
    )
    history = world.client.get_metric_history(run.info.run_id, "recall_at_10")
    assert len(history) == 1
    world.publish(replace(STATE, sha256="cd" * 32))
    kinds = [run.data.tags["kind"] for run in world.runs()]
    assert sorted(kinds) == ["baseline"] * 4 + ["evaluation"] * 2 + ["model"] * 3


def test_models_and_baselines_stand_below_the_run_of_their_evaluation(
    world: World,
) -> None:
    world.publish()
    (parent,) = (run for run in world.runs() if run.data.tags["kind"] == "evaluation")
    assert (parent.info.status, parent.info.run_name) == (
        "FINISHED",
        "evaluation 2026-03-04",
    )
    assert {run.data.tags["mlflow.parentRunId"] for run in world.others()} == {
        parent.info.run_id
    }
    newest = world.publish(replace(STATE, sha256="cd" * 32))
    (run,) = (
        run for run in world.runs() if run.data.tags.get("model_id") == newest.model_id
    )
    assert run.data.tags["mlflow.parentRunId"] != parent.info.run_id


def test_a_model_that_does_not_beat_popularity_is_registered_and_not_staged(
    world: World,
) -> None:
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
    assert world.versions() == [
        (1, first.model_id, "Archived"),
        (2, second_id, "Staging"),
    ]
    assert sorted(run.data.tags["model_type"] for run in world.others()) == [
        *("als", "als", "bpr", "popularity", "random")
    ]


def test_the_champion_stays_in_production_when_it_is_published_again(
    world: World,
) -> None:
    first = world.publish()
    versions.set_production(world.client, first.version)
    assert world.publish().stage == "Production"
    assert world.versions() == [(1, first.model_id, "Production")]


KILLED = """
import os, sys
os.environ["PATH"] = ""
os.chdir(sys.argv[1])
from pathlib import Path
from mlflow import MlflowClient
from recsys.registry import publish
from tests.recsys.registry.worlds import STATE, package
left = [int(sys.argv[2])]
for name in ("create_run", "log_batch", "log_artifacts", "log_inputs", "set_tag",
             "set_terminated", "create_registered_model", "create_logged_model",
             "finalize_logged_model", "log_outputs", "log_model_params", "log_text",
             "create_model_version", "update_model_version", "set_logged_model_tags",
             "set_registered_model_alias", "transition_model_version_stage"):
    def wrapped(*arguments, call=getattr(MlflowClient, name), **options):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), 9)
        return call(*arguments, **options)
    setattr(MlflowClient, name, wrapped)
folder = Path(sys.argv[1])
folders = {name: folder / "models" / name for name in ("als", "bpr")}
publish.publish(folder / "metrics/evaluate.json", folders, folder / "mlruns", STATE, package)
"""


# 30: the logged model is made and PENDING; 34 to 37: the version is made, without its card
@pytest.mark.parametrize("calls", [0, 2, 9, 20, 28, 29, 30, 31, 32, 34, 35, 36, 37])
def test_killed_before_a_call_of_mlflow_the_next_publish_completes_it(
    world: World, tmp_path: Path, calls: int, forks: Forks
) -> None:
    assert forks.spawn(KILLED, tmp_path, calls).wait() == -9
    assert not (world.mlruns / "published").exists()
    published = world.publish()
    found = summary(world)
    assert len(found) == len(world.others()) == len(world.runs()) - 1 == 4
    assert {status for status, *_ in found.values()} == {"FINISHED"}
    assert {metrics["recall_at_10"] for _, metrics, _ in found.values()} == set(
        VALUES.values()
    )
    assert world.versions() == [(1, published.model_id, "Staging")]
    (run,) = (
        run for run in world.runs() if run.data.tags["model_id"] == published.model_id
    )
    assert len(world.client.list_artifacts(run.info.run_id, "model")) == 3
    (logged,) = world.client.search_logged_models([world.experiment_id])
    assert (str(logged.status), logged.name) == ("READY", published.model_id)
    version = world.client.get_model_version(versions.MODEL, "1")
    assert version.source == logged.artifact_location
    folder = logged_models.folder_of(world.mlruns, logged.model_id)
    assert folder.as_uri() == logged.artifact_location
    assert (folder / "MODEL_CARD.md").read_text() == version.description
    assert [
        each.model_id
        for each in world.client.get_run(run.info.run_id).outputs.model_outputs
    ] == [logged.model_id]
    assert not list((world.mlruns / "artifacts").glob(".*"))


@pytest.mark.parametrize(
    "name",
    ["metrics/evaluate.json", "models/als/manifest.json", "models/bpr/factors.npz"],
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


def test_an_evaluation_that_comes_back_is_staged_again(world: World) -> None:
    first = world.publish()
    world.train("als", seed=2)
    world.publish()
    world.train("als", seed=1)
    assert world.publish() == first
    assert [stage for *_, stage in world.versions()] == ["Staging", "Archived"]
