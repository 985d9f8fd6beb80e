"""A project folder, and runner.py run in it as an operator does."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from bench.house.imports import ROOT


def make_project(folder: Path) -> Path:
    """A project whose stages are empty and whose params.yaml is the shipped one."""
    shutil.copy(ROOT / "runner.py", folder)
    shutil.copy(ROOT / "params.yaml", folder)
    (folder / "stages").mkdir()
    (folder / "stages" / "__init__.py").touch()
    (folder / "stages" / "check.py").write_text("")
    return folder


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def runner(
    project: Path, *args: str, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(project / "runner.py"), *args],
        cwd=folder or project,
        text=True,
        capture_output=True,
        env=environment(),
        check=False,
    )
