"""The stage says once what it registered; what is done already costs no import of MLflow."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from recsys.program.errors import DataError
from recsys.registry import store
from stages import publish
from tests.recsys.registry.worlds import World
from tests.worlds import complains, copy_store

# MLflow's own table definitions use what SQLAlchemy 2.1 deprecates; nothing here can change that
pytestmark = pytest.mark.filterwarnings(
    "ignore:The ``noload`` loader strategy is deprecated"
)


@pytest.fixture
def world(
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> World:
    copy_store(tmp_path_factory, tmp_path)
    monkeypatch.chdir(tmp_path)  # dvc.lock is read where the command runs
    caplog.set_level("INFO", "publish")
    return World(tmp_path)


def run(folder: Path) -> None:
    publish.main(folder / "metrics/evaluate.json", folder / "models", folder / "mlruns")


def test_it_says_once_what_it_registered(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run(tmp_path)
    run(tmp_path)
    ((number, model_id, stage),) = world.versions()
    assert (number, stage) == (1, "Staging")
    assert caplog.messages == [
        f"registered {model_id} as version 1 (stage Staging): "
        f"recall_at_10 0.3000 beats popularity's 0.2500"
    ]


def test_a_new_evaluation_is_published(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run(tmp_path)
    world.train("als", seed=2)
    run(tmp_path)
    assert [stage for *_, stage in world.versions()] == ["Archived", "Staging"]
    assert len(caplog.messages) == 2


def test_a_store_that_was_removed_is_made_again_and_filled(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The marker is not believed beside no store."""
    run(tmp_path)
    before = world.versions()
    (world.mlruns / store.DATABASE).unlink()
    run(tmp_path)
    assert len(caplog.messages) == 2
    assert world.versions() == before


WITHOUT_MLFLOW = """
import sys
from pathlib import Path
from stages import publish
publish.main(Path("metrics/evaluate.json"), Path("models"), Path("mlruns"))
print(sorted({"mlflow", "numpy", "pandas"} & set(sys.modules)))
"""


def test_what_is_published_already_costs_no_heavy_import(
    world: World, tmp_path: Path
) -> None:
    run(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_MLFLOW],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.parametrize("name", ["metrics/evaluate.json", "models/als/manifest.json"])
def test_a_missing_file_is_one_line_that_names_it(
    world: World, tmp_path: Path, name: str
) -> None:
    run(tmp_path)
    (tmp_path / name).unlink()
    with complains(DataError, tmp_path / name, "dvc repro"):
        run(tmp_path)
