"""Stores for the tests of the registry: made once, copied for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.recsys.registry.processes import OPEN, Forks, serve
from tests.recsys.registry.worlds import World
from tests.worlds import copy_store


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """Processes that have MLflow imported."""
    with serve() as server:
        yield server


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, forks: Forks) -> Path:
    """A store that three processes opened first, at the same time."""
    folder = tmp_path_factory.mktemp("a store #1") / "mlruns"
    children = [forks.spawn(OPEN, folder) for _ in range(3)]
    assert [child.wait() for child in children] == [0, 0, 0]
    return folder


@pytest.fixture
def mlruns(template: Path, tmp_path: Path) -> Path:
    """A copy of that store."""
    shutil.copytree(template, tmp_path / "mlruns")
    return tmp_path / "mlruns"


@pytest.fixture
def world(
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    copy_store(tmp_path_factory, tmp_path)
    monkeypatch.chdir(tmp_path)  # dvc.lock is read where the command runs
    return World(tmp_path)
