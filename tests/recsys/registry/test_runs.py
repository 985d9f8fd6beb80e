"""A run is found by its model's id, completed where it was cut short, and left as it is when whole."""

from pathlib import Path

import pytest

from recsys.models import manifest, model_folder
from recsys.program.errors import DataError, StoreError
from tests.recsys.registry.worlds import World, summary

# MLflow's own table definitions use what SQLAlchemy 2.1 deprecates; nothing here can change that
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")


def test_the_runs_have_the_models_files_and_the_curve(world: World) -> None:
    world.publish()
    (run,) = (run for run in world.runs() if run.data.tags["model_type"] == "als")
    names = [entry.path for entry in world.client.list_artifacts(run.info.run_id, "model")]
    assert names == ["model/curve.json", "model/factors.npz", "model/manifest.json"]
    history = world.client.get_metric_history(run.info.run_id, "train_loss")
    assert [(point.step, point.value) for point in history] == [(1, 1.0), (2, 0.5)]
    location = Path(run.info.artifact_uri.removeprefix("file://")) / "model"
    assert model_folder.load(location).factors.user_ids == ["u"]


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
    assert len(world.runs()) == 4
    assert left.info.run_id in {run.info.run_id for run in world.runs()}
    assert (status, metrics["recall_at_10"], params) == (
        "FINISHED",
        0.3,
        {"factors": "2", "seed": "1"},
    )


def test_a_deleted_experiment_is_one_line(world: World) -> None:
    world.client.delete_experiment(world.experiment_id)
    try:
        world.publish()
    except (DataError, StoreError) as error:
        assert "deleted" in str(error)
    else:
        assert [run.info.status for run in world.runs()] == ["FINISHED"] * 4
