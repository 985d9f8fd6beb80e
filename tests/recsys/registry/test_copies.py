"""Models of a shared store come to a machine that has not made them, whole or not at all."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bench.shared.mlflow_server import Running
from recsys.models import model_folder
from recsys.models.warm_start import kept_models
from recsys.program.errors import DataError
from recsys.registry import copies, lineage
from tests.recsys.registry.worlds import World


@pytest.fixture
def made(
    shared_store: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> World:
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    Path("dvc.lock").write_text("stages: {}\n")
    return World(tmp_path / "a")


def test_files_come_from_the_server_and_are_those_of_the_model(
    made: World, tmp_path: Path
) -> None:
    model_id = made.publish().model_id
    other = tmp_path / "b/mlruns"
    copies.bring(other, model_id)
    [folder] = kept_models(other)
    assert model_folder.load(folder).manifest.model_id == model_id
    assert (folder.parent / lineage.FOLDER / "dvc.lock").read_text() == "stages: {}\n"
    [mlmodel] = other.glob("artifacts/models/*/artifacts/MLmodel")
    assert mlmodel.read_bytes()
    assert [model for _, model in copies.kept(other)] == [model_id, model_id]
    before = {path: path.stat().st_mtime_ns for path in other.rglob("*")}
    copies.bring(other, model_id)
    assert before == {path: path.stat().st_mtime_ns for path in other.rglob("*")}


def test_who_publishes_has_copies_too(made: World) -> None:
    model_id = made.publish().model_id
    assert model_id in {model for _, model in copies.kept(made.mlruns)}
    assert len(kept_models(made.mlruns)) == 2


def test_threads_that_want_it_at_once_get_it_whole(made: World, tmp_path: Path) -> None:
    """As those of a verdict do (ops/deploy/judgement.py)."""
    model_id, other = made.publish().model_id, tmp_path / "b/mlruns"
    with ThreadPoolExecutor(6) as pool:
        every = [pool.submit(copies.bring, other, model_id) for _ in range(6)]
        for one in every:
            one.result()
    [folder] = kept_models(other)
    assert model_folder.load(folder).manifest.model_id == model_id


def test_what_came_torn_is_not_kept(
    made: World, shared_store: Running, tmp_path: Path
) -> None:
    model_id = made.publish().model_id
    stored = (shared_store.folder / "artifacts").rglob("artifacts/model/factors.npz")
    for path in stored:
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    other = tmp_path / "b/mlruns"
    with pytest.raises(DataError):
        copies.bring(other, model_id)
    assert kept_models(other) == []
    left = [path.name for path in other.rglob("*") if path.is_file()]
    assert left == [".copies.lock"]


def test_a_model_that_nobody_has_brings_nothing(made: World, tmp_path: Path) -> None:
    made.publish()
    copies.bring(tmp_path / "b/mlruns", "als-ffffffffffff")
    assert copies.kept(tmp_path / "b/mlruns") == []


def test_a_local_store_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    copies.bring(tmp_path / "mlruns", "als-ffffffffffff")
    assert not (tmp_path / "mlruns").exists()
