"""A pipeline that is well, made once and copied for each test."""

import shutil
from pathlib import Path

import pytest

from recsys.registry import versions
from recsys.serving import pointer
from tests.ops.conftest import Shop
from tests.ops.health.worlds import make_well
from tests.worlds import copy_store


@pytest.fixture(scope="session")
def well_template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    root = tmp_path_factory.mktemp("well") / "shop"
    model_id = make_well(root)
    shop = Shop(copy_store(tmp_path_factory, root), root / "state/runner.db")
    versions.set_production(shop.client, shop.register(model_id))
    shop.parted()
    pointer.switch(root / "releases", model_id)
    return root, model_id


@pytest.fixture
def model_id(well_template: tuple[Path, str]) -> str:
    """The model that is in production there."""
    return well_template[1]


@pytest.fixture
def well(well_template: tuple[Path, str], tmp_path: Path) -> Path:
    """A pipeline that is well at NOW."""
    root = tmp_path / "shop"
    shutil.copytree(well_template[0], root)
    return root
