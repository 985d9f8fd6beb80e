"""A logged model is made once and whole; a half-made one is made anew."""

from pathlib import Path
from typing import Any

import pytest

from recsys.registry import logged_models, store
from tests.recsys.registry.worlds import STATE, World


def write(target: Path, logged_model: str) -> None:
    target.mkdir()
    (target / "MLmodel").write_text(logged_model)


@pytest.fixture
def run_id(world: World) -> str:
    return str(world.client.create_run(world.experiment_id).info.run_id)


def ensure(world: World, run_id: str, how: Any = write) -> Any:
    return logged_models.ensure(
        world.client, world.mlruns, "als-0123456789ab", run_id, how
    )


def test_it_is_made_once(world: World, run_id: str) -> None:
    first = ensure(world, run_id)
    assert (str(first.status), first.name) == ("READY", "als-0123456789ab")
    assert (first.source_run_id, first.model_type) == (run_id, "als")
    folder = logged_models.folder_of(world.mlruns, first.model_id)
    assert (folder / "MLmodel").read_text() == first.model_id
    assert folder.as_uri() == first.artifact_location

    def never(target: Path, logged_model: str) -> None:
        raise AssertionError

    assert ensure(world, run_id, never).model_id == first.model_id
    (known,) = world.client.search_logged_models([world.experiment_id])
    assert known.model_id == first.model_id


def test_half_made_ones_are_made_anew(world: World, run_id: str) -> None:
    def killed(target: Path, logged_model: str) -> None:
        target.mkdir()
        (target / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ensure(world, run_id, killed)
    (half,) = world.client.search_logged_models([world.experiment_id])
    assert str(half.status) == "PENDING"
    whole = ensure(world, run_id)
    assert (whole.model_id, str(whole.status)) == (half.model_id, "READY")
    folder = logged_models.folder_of(world.mlruns, whole.model_id)
    assert [path.name for path in folder.iterdir()] == ["MLmodel"]
    (folder / "MLmodel").unlink()
    assert ensure(world, run_id).model_id == whole.model_id
    assert (folder / "MLmodel").exists()


def test_metrics_params_dataset_and_version_once(world: World, run_id: str) -> None:
    from recsys.registry.runs import dataset

    world.client.log_inputs(run_id, [dataset(STATE)])
    row = {"recall_at_10": 0.3}
    for _ in range(2):
        model = ensure(world, run_id)
        logged_models.measure(world.client, model, row, STATE, {"factors": "2"})
        logged_models.name_version(world.client, model, "recommender", 1)
    model = logged_models.find(world.client, "als-0123456789ab")
    assert model
    assert [(each.key, each.value, each.dataset_digest) for each in model.metrics] == [
        ("recall_at_10", 0.3, STATE.digest)
    ]
    assert model.params == {"factors": "2"}
    assert model.tags["mlflow.modelVersions"] == (
        '[{"name": "recommender", "version": 1}]'
    )
    outputs = world.client.get_run(run_id).outputs.model_outputs
    assert [each.model_id for each in outputs] == [model.model_id]


def test_no_model_no_find(world: World) -> None:
    assert store.exists(world.mlruns)
    assert logged_models.find(world.client, "als-0123456789ab") is None
