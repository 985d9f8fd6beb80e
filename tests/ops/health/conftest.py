"""A pipeline that is well, made once and copied for each test."""

import shutil
from pathlib import Path

import pytest

from tests.ops.health.worlds import make_well


@pytest.fixture(scope="session")
def well_template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    root = tmp_path_factory.mktemp("well") / "shop"
    return root, make_well(root)


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
