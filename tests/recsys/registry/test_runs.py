"""A run is found by its model's id, completed where it was cut short, and left when whole."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.files.atomic import read_json, sha256_of_json
from recsys.models import factors, learned, manifest, model_folder
from recsys.models.manifest import Manifest, NewItems, Notes, Search
from recsys.program.errors import StoreError
from recsys.registry import lineage, runs
from tests.recsys.registry.worlds import STATE, World, summary
from tests.worlds import complains

# MLflow's own table definitions use what SQLAlchemy 2.1 deprecates; nothing here can change that
pytestmark = pytest.mark.filterwarnings(
    "ignore:The ``noload`` loader strategy is deprecated"
)


def test_the_runs_have_the_models_files_and_the_curve(world: World) -> None:
    world.publish()
    (run,) = (run for run in world.runs() if run.data.tags["model_type"] == "als")
    names = [
        entry.path for entry in world.client.list_artifacts(run.info.run_id, "model")
    ]
    assert names == ["model/curve.json", "model/factors.npz", "model/manifest.json"]
    history = world.client.get_metric_history(run.info.run_id, "train_loss")
    assert [(point.step, point.value) for point in history] == [(1, 1.0), (2, 0.5)]
    location = Path(run.info.artifact_uri.removeprefix("file://")) / "model"
    assert model_folder.load(location).factors.user_ids == ["u"]
    told = read_json(location.parent / lineage.FOLDER / lineage.TAGS_FILE)
    assert told == lineage.machine()  # here is neither git nor a lock file


def test_a_run_has_what_its_model_has_learned_from(world: World) -> None:
    """A later warm start asks for it."""
    learned.write(world.folders["bpr"], csr_matrix(np.eye(2)))
    world.publish()
    for run in world.runs():
        files = world.client.list_artifacts(run.info.run_id, "model")
        is_bpr = run.data.tags["model_type"] == "bpr"
        assert ("model/learned.npz" in [file.path for file in files]) is is_bpr


def test_metrics_that_matter_are_logged_first(world: World) -> None:
    world.publish()
    (run,) = (run for run in world.runs() if run.data.tags["model_type"] == "als")
    assert next(iter(run.data.metrics)) == "recall_at_10"


def test_a_run_that_was_left_running_is_completed(world: World) -> None:
    """What a kill after `create_run` leaves."""
    als = manifest.read_checked(world.folders["als"]).model_id
    left = world.client.create_run(
        world.experiment_id,
        run_name=als,
        tags={"model_id": als, "model_type": "als", "kind": "model"},
    )
    world.client.log_param(left.info.run_id, "factors", "2")
    world.publish()
    status, metrics, params = summary(world)[als]
    assert len(world.others()) == 4
    assert left.info.run_id in {run.info.run_id for run in world.runs()}
    assert (status, metrics["recall_at_10"], params) == (
        "FINISHED",
        0.3,
        {"factors": "2", "seed": "1"},
    )


def test_a_deleted_experiment_is_one_line_with_the_command_that_restores_it(
    world: World,
) -> None:
    identity = world.experiment_id
    world.client.delete_experiment(identity)
    with complains(
        StoreError, "was deleted", f"mlflow experiments restore -x {identity}"
    ):
        world.publish()


def test_a_baseline_is_a_run_without_files(world: World) -> None:
    world.publish()
    (run,) = (run for run in world.runs() if run.data.tags["model_type"] == "random")
    row = {"recall_at_10": 0.01, "recall_at_10_low": 0.0}
    identity = sha256_of_json({"data": STATE.sha256, "row": row})[:12]
    assert run.info.run_name == "random"
    assert run.data.tags["model_id"] == f"random-{identity}"
    assert run.data.tags["kind"] == "baseline"
    assert run.data.tags["mlflow.note.content"].startswith("The baseline of chance.")
    (known,) = run.inputs.dataset_inputs
    assert (known.dataset.name, known.dataset.digest) == (STATE.name, STATE.digest)
    assert run.data.metrics == {"recall_at_10": 0.01, "recall_at_10_low": 0.0}
    assert world.client.list_artifacts(run.info.run_id) == []


def test_a_curve_of_epochs_is_logged_by_epoch_and_no_name_is_prefixed_twice(
    world: World,
) -> None:
    point = {"epoch": 5, "train_auc": 0.8, "valid_recall": 0.4}
    params: dict[str, Any] = {"seed": 1}
    ones = np.ones((1, 2), np.float32)
    model = factors.Factors(["u"], ["i"], ones, ones)
    model_folder.save(model, [point], "bpr", params, {}, world.folders["bpr"])
    world.publish()
    (run,) = (run for run in world.runs() if run.data.tags["model_type"] == "bpr")
    for name, value in (("train_auc", 0.8), ("train_valid_recall", 0.4)):
        (logged,) = world.client.get_metric_history(run.info.run_id, name)
        assert (logged.step, logged.value) == (5, value)


def test_what_was_fitted_stands_beside_the_section() -> None:
    search = Search(
        users=9,
        settings=[],
        taken="dense",
        changes={"alpha": 2.0},
        lead=0.1,
        error=0.01,
        leads_again=[],
    )
    notes = Notes(
        served={"content": 0.3, "popularity": 0.0},
        search=search,
        new_items=NewItems(places=1),
    )
    model = Manifest(
        model_type="als", params={"alpha": 14.4, "seed": 1}, notes=notes, sha256={}
    )
    assert runs.settings_of(model) == {
        "alpha": 14.4,
        "seed": 1,
        "fitted.setting": "dense",
        "fitted.alpha": 2.0,
        "served.new_item_places": 1,
        "served.content": 0.3,
        "served.popularity": 0.0,
    }
    plain = Manifest(model_type="als", params={"seed": 1}, sha256={})
    assert runs.settings_of(plain) == {"seed": 1}
