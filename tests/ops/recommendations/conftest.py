"""A project with a model that was trained, and nothing published."""

import shutil
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.deploy.releases import Places
from tests.recsys.serving import worlds


@pytest.fixture
def places(tmp_path: Path) -> Places:
    worlds.save_model(tmp_path / "models/als")
    worlds.sources(tmp_path)
    shutil.copy(ROOT / "params.yaml", tmp_path)
    return Places(tmp_path)
