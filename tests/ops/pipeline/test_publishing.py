"""stages.publish is started where there is something to publish, and only there."""

import os
import sys
from pathlib import Path

import pytest

from bench.speed.counts import packages
from ops.pipeline import publishing
from recsys.models import model_folder
from recsys.registry import store
from tests.recsys.registry.worlds import World

STARTED = "import pathlib, sys; pathlib.Path('started').touch(); sys.exit(6)"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A project whose stages.publish says that it was started."""
    monkeypatch.chdir(tmp_path)
    Path("stages").mkdir()
    Path("stages/__init__.py").touch()
    Path("stages/publish.py").write_text(STARTED)
    world = World(Path())
    model_folder.save_none(Path("models/blend"), "it does not lead")
    return world


def code() -> int:
    Path("started").unlink(missing_ok=True)
    return publishing.publish(Path(), dict(os.environ))


def test_what_is_published_starts_nothing(world: World) -> None:
    assert code() == 6
    world.publish()
    assert code() == 0
    assert not Path("started").exists()


@pytest.mark.parametrize(
    "name",
    ["metrics/evaluate.json", "models/als/manifest.json", f"mlruns/{store.DATABASE}"],
)
@pytest.mark.parametrize("torn", [True, False])
def test_what_is_missing_or_changed_is_for_it_to_say(
    world: World, name: str, torn: bool
) -> None:
    world.publish()
    Path(name).write_bytes(b"torn") if torn else Path(name).unlink()
    assert code() == 6
    assert Path("started").exists()


def test_a_store_that_was_moved_leads_here(world: World, tmp_path: Path) -> None:
    world.publish()
    there = tmp_path / "there"
    there.mkdir()
    for name in ("metrics", "models", "mlruns"):
        Path(name).rename(there / name)
    assert publishing.is_done(there)
    client = store.client(there / "mlruns")
    experiment = client.get_experiment_by_name(store.EXPERIMENT)
    assert experiment and str(there) in experiment.artifact_location


def test_to_see_it_costs_no_package_of_others() -> None:
    assert sys.executable
    assert packages("ops.pipeline.publishing") == set()
