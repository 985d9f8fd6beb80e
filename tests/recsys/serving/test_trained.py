"""Trained models by id: those of the stages, then those that MLflow keeps."""

from pathlib import Path

import pytest

from recsys.program.errors import DataError
from recsys.serving import trained
from tests.recsys.serving import worlds
from tests.worlds import complains


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "models", tmp_path / "mlruns"


def kept(mlruns: Path, run: str) -> Path:
    return mlruns / "artifacts" / run / "artifacts/model"


def test_a_model_is_found_wherever_it_is(folders: tuple[Path, Path]) -> None:
    models, mlruns = folders
    now = worlds.save_model(models / "als")
    before = worlds.save_model(kept(mlruns, "r1"), popularity=9.0)
    assert trained.ids(models, mlruns) == [now, before]
    assert trained.find(now, models, mlruns).folder == models / "als"
    assert trained.find(before, models, mlruns).folder == kept(mlruns, "r1")


def test_a_whole_one_goes_before_a_torn_one(folders: tuple[Path, Path]) -> None:
    models, mlruns = folders
    model_id = worlds.save_model(models / "als")
    (models / "als/factors.npz").write_bytes(b"torn")
    with complains(DataError, "factors.npz"):
        trained.find(model_id, models, mlruns)
    worlds.save_model(kept(mlruns, "r1"))
    assert trained.find(model_id, models, mlruns).folder == kept(mlruns, "r1")


def test_one_that_is_nowhere_is_said_with_those_that_are(
    folders: tuple[Path, Path],
) -> None:
    with complains(DataError, "als-0123456789ab", "there are none"):
        trained.find("als-0123456789ab", *folders)
    model_id = worlds.save_model(folders[0] / "als")
    with complains(DataError, model_id):
        trained.find("als-0123456789ab", *folders)


def test_what_each_model_says_of_itself_is_read_without_its_factors(
    folders: tuple[Path, Path],
) -> None:
    models, mlruns = folders
    assert trained.manifests(models, mlruns) == {}
    model_id = worlds.save_model(models / "als")
    (models / "als/factors.npz").write_bytes(b"torn")
    (models / "bpr").mkdir()
    (models / "bpr/manifest.json").write_text("torn")
    found = trained.manifests(models, mlruns)
    assert list(found) == [model_id] and found[model_id].model_type == "als"


def test_the_release_that_a_registered_model_holds(tmp_path: Path) -> None:
    assert trained.release_of("als-0123456789ab", tmp_path) is None
    held = tmp_path / "artifacts/models/m-1/artifacts/artifacts/als-0123456789ab"
    held.mkdir(parents=True)
    assert trained.release_of("als-0123456789ab", tmp_path) == held
