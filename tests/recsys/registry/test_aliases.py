"""Aliases read without MLflow are those that MLflow has set."""

from pathlib import Path

import pytest

from recsys.program.errors import StoreError
from recsys.registry import aliases, versions
from tests.recsys.registry.worlds import World
from tests.worlds import complains, copy_store


def test_what_mlflow_has_set_is_read(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert aliases.model_ids(tmp_path / "mlruns") == {}
    copy_store(tmp_path_factory, tmp_path)
    assert aliases.model_ids(tmp_path / "mlruns") == {}
    world = World(tmp_path)
    model_id = world.publish().model_id
    assert aliases.model_ids(world.mlruns) == {"challenger": model_id}
    versions.set_production(world.client, 1)
    assert aliases.model_ids(world.mlruns) == {"champion": model_id}


def test_a_torn_store_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"x" * 5000)
    with complains(StoreError, "mlflow.db"):
        aliases.model_ids(tmp_path)
