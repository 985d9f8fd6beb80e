"""From a shop's own file to a list in three commands: the real init, dvc and MLflow."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from tests.ops.init.examples import EXAMPLES
from tests.test_end_to_end import COPIED, HALF_WRITTEN, run

pytestmark = pytest.mark.xdist_group("your_data")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as it is shipped, without data."""
    folder = tmp_path_factory.mktemp("project")
    for name in COPIED:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=HALF_WRITTEN)
        else:
            shutil.copyfile(source, target)
    for name in ("raw", "sample", "staging", "batches", "reference"):
        (folder / "data" / name).mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    return folder


def runner(folder: Path, *arguments: str) -> str:
    """What a command prints; it must succeed."""
    done = run(folder, sys.executable, "runner.py", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_events_without_ratings_and_products(project: Path, tmp_path: Path) -> None:
    """The hardest kind: no rating, no text, no file of products."""
    example = EXAMPLES["retailrocket"]
    (path,) = example.write(tmp_path)
    assert "next: make repro" in runner(project, "init", str(path), "--yes")
    runner(project, "repro")
    told = runner(project, "recommend", example.user, "-k", "5")
    assert f"user {example.user} (trained) has bought or rated" in told
    assert len(told.split("RANK", 1)[1].splitlines()) == 6
