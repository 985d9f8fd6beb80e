"""A store that was moved or copied leads to the files beside it."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from recsys.program.errors import StoreError
from recsys.registry import anchor, logged_models, store, versions
from tests.recsys.registry.worlds import World
from tests.worlds import complains, snapshot


def places(mlruns: Path) -> list[str]:
    """All paths in the database."""
    found: list[str] = []
    with closing(sqlite3.connect(mlruns / store.DATABASE)) as connection:
        for table, column in anchor.PLACES:
            query = f"SELECT {column} FROM {table}"
            found += [row[0] for row in connection.execute(query) if row[0]]
    return found


def test_all_paths_of_a_copy_lead_to_the_copy(world: World, tmp_path: Path) -> None:
    published = world.publish()
    shutil.copytree(world.mlruns, tmp_path / "copy/mlruns")
    copied = tmp_path / "copy/mlruns"
    former, here = anchor.location(world.mlruns), anchor.location(copied)
    database, before = copied / store.DATABASE, places(copied)
    assert {place.startswith(former) for place in before} == {True}
    assert anchor.anchor(database, store.EXPERIMENT)
    assert places(copied) == [place.replace(former, here, 1) for place in before]
    assert not anchor.anchor(database, store.EXPERIMENT)
    assert places(world.mlruns) == before
    client = store.client(copied)
    source = client.get_model_version_download_uri(versions.MODEL, "1")
    model = logged_models.find(client, published.model_id)
    assert model and source == model.artifact_location
    assert source == logged_models.folder_of(copied, model.model_id).as_uri()


def test_a_copied_project_writes_into_itself_only(world: World, tmp_path: Path) -> None:
    world.publish()
    shutil.copytree(tmp_path, tmp_path / "copy", ignore=shutil.ignore_patterns("copy"))
    before = snapshot(tmp_path / "mlruns")
    copy = World(tmp_path / "copy")
    copy.train("als", seed=2)
    assert copy.publish().version == 2
    assert snapshot(tmp_path / "mlruns") == before
    folders = {path.parent.name for path in copy.mlruns.rglob("MLmodel")}
    assert folders == {"artifacts"} and len(list(copy.mlruns.rglob("MLmodel"))) == 2


def test_a_path_that_was_never_under_the_project_stays(mlruns: Path) -> None:
    elsewhere = anchor.location(mlruns) + "-other/x"
    database = mlruns / store.DATABASE
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(
            "INSERT INTO experiments (name, artifact_location, lifecycle_stage) "
            "VALUES ('by hand', ?, 'active')",
            (elsewhere,),
        )
    anchor.anchor(database, store.EXPERIMENT)
    assert elsewhere in places(mlruns)


def test_without_our_experiment_nothing_is_changed(mlruns: Path) -> None:
    assert not anchor.anchor(mlruns / store.DATABASE, "no such experiment")


def test_a_torn_database_is_one_error(tmp_path: Path) -> None:
    (tmp_path / store.DATABASE).write_bytes(b"torn" * 5000)
    with complains(StoreError, tmp_path / store.DATABASE, "make repro"):
        anchor.anchor(tmp_path / store.DATABASE, store.EXPERIMENT)


@pytest.mark.parametrize("name", ["a shop #2", "50% off"])
def test_odd_names_of_folders(world: World, tmp_path: Path, name: str) -> None:
    world.publish()
    moved = tmp_path / name / "mlruns"
    shutil.copytree(world.mlruns, moved)
    client = store.client(moved)
    (model,) = client.search_logged_models([store.experiment_id(client)])
    again = logged_models.ensure(client, moved, model.name, "", refuse)
    assert again.model_id == model.model_id
    assert again.artifact_location == anchor.location(moved) + (
        f"/models/{model.model_id}/artifacts"
    )


def refuse(target: Path, logged_model: str) -> None:
    raise AssertionError(f"{logged_model} is there: it must not be made again")
