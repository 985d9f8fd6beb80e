"""An evaluation counts as published once, beside the store that it was published into."""

from pathlib import Path

import pytest

from bench.speed.counts import packages
from recsys.models import model_folder
from recsys.program.errors import DataError
from recsys.registry import published, store
from tests.recsys.registry.worlds import VALUES, World
from tests.worlds import complains


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def is_published(world: World) -> bool:
    return published.is_published(world.metrics, world.folders, world.mlruns)


def test_only_the_one_that_was_published_last_counts(world: World) -> None:
    assert not is_published(world)
    world.publish()
    assert is_published(world)
    world.report({**VALUES, "als": 0.4})
    assert not is_published(world)
    world.publish()
    world.report(VALUES)
    assert not is_published(world)


def test_a_marker_without_a_store_counts_for_nothing(world: World) -> None:
    world.publish()
    (world.mlruns / store.DATABASE).unlink()
    assert not is_published(world)


def test_the_folders_are_those_that_offer_a_model(world: World, tmp_path: Path) -> None:
    models = tmp_path / "models"
    with complains(DataError, models / "blend"):
        published.folders_in(models)
    model_folder.save_none(models / "blend", "it does not lead")
    assert published.folders_in(models) == world.folders


def test_to_see_it_costs_neither_mlflow_nor_pydantic() -> None:
    assert packages("recsys.registry.published") == set()
