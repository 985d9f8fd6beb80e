"""The stage says once what it registered; what is done already costs no import of MLflow."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from recsys.files.atomic import write_json
from recsys.models import model_folder
from recsys.program.errors import ConfigError, DataError
from recsys.registry import anchor, store
from recsys.serving import release
from recsys.serving.recommender import Recommender, Wish
from stages import publish
from tests.recsys.registry.worlds import STATS, World
from tests.recsys.serving import worlds
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
    monkeypatch.chdir(tmp_path)  # dvc.lock and params.yaml are read where it runs
    caplog.set_level("ERROR", "recsys.publishing.refit")  # its models cannot be fitted
    caplog.set_level("INFO", "publish")
    worlds.sources(tmp_path)
    write_json(tmp_path / "data/processed/data_stats.json", STATS.model_dump())
    shutil.copy(ROOT / "params.yaml", tmp_path)
    model_folder.save_none(tmp_path / "models/blend", "it does not lead")
    return Trained(tmp_path)


class Trained(World):
    """Models that can be released."""

    def train(self, name: str, seed: int) -> str:
        return worlds.save_model(self.folders[name], name, content=seed / 10)


def run(folder: Path) -> None:
    names = ("models", "data", "mlruns", "reports/evaluation.html")
    places = [folder / name for name in names]
    publish.main(folder / "metrics/evaluate.json", *places)


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
places = [Path(name) for name in ("models", "data", "mlruns", "reports/evaluation.html")]
publish.main(Path("metrics/evaluate.json"), *places)
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


@pytest.mark.parametrize("key", ["split", "positive_threshold"])
def test_a_key_that_is_missing_is_named(world: World, tmp_path: Path, key: str) -> None:
    section = {"split": "leave_one_out", "positive_threshold": 4}
    del section[key]
    write_json(tmp_path / "params.yaml", {"process": section})
    with complains(ConfigError, f"process.{key}"):
        run(tmp_path)


LOADED = """
import json, sys
import mlflow
mlflow.set_tracking_uri(f"sqlite:///{sys.argv[1]}/mlruns/mlflow.db")
model = mlflow.pyfunc.load_model("models:/recommender@challenger")
print(json.dumps(model.predict(["u0", "new", "nobody"], params={"k": 3})))
"""


def loaded(folder: Path) -> list[list[str]]:
    """The products that the registered model gives, in a process that stands elsewhere."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, str(folder)],
        cwd="/",
        env={
            "PATH": os.environ["PATH"],
            "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
            "MLFLOW_DISABLE_TELEMETRY": "true",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    return [[item["product_id"] for item in each["items"]] for each in answers]


def test_mlflow_loads_it_by_its_alias_also_after_the_project_was_moved(
    world: World, tmp_path: Path
) -> None:
    run(tmp_path)
    ((_, model_id, _),) = world.versions()
    (held,) = (tmp_path / "mlruns").glob(f"artifacts/models/*/*/artifacts/{model_id}")
    recommender = Recommender(release.load(held.parent, model_id))
    answers = [
        recommender.recommend(user, Wish(k=3)) for user in ("u0", "new", "nobody")
    ]
    wanted = [[item.product_id for item in answer.items] for answer in answers]
    assert loaded(tmp_path) == wanted
    shutil.copytree(tmp_path, tmp_path.with_name(f"{tmp_path.name} moved"))
    moved = tmp_path.with_name(f"{tmp_path.name} moved")
    shutil.rmtree(tmp_path / "mlruns/artifacts")
    run(moved)  # it is published: nothing but its paths is changed
    assert loaded(moved) == wanted
    assert not anchor.anchor(moved / "mlruns" / store.DATABASE, store.EXPERIMENT)


def test_a_release_that_was_published_is_the_one_that_is_registered(
    world: World, tmp_path: Path
) -> None:
    """It takes no room, and its lists are those of the service."""
    model_id = worlds.publish(tmp_path, content=0.1)
    run(tmp_path)
    assert [known for _, known, _ in world.versions()] == [model_id]
    (held,) = (tmp_path / "mlruns").glob(f"artifacts/models/*/*/artifacts/{model_id}")
    published = tmp_path / "releases" / model_id
    assert all(
        path.stat().st_ino == (published / path.name).stat().st_ino
        for path in held.iterdir()
    )
