"""A project with a published model, made anew for each test."""

from pathlib import Path

import pytest

from tests.ops.reproduce.worlds import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "a project #1")
