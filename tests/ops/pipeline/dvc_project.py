"""A DVC project without git, and what runs in it."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from bench.house.imports import ROOT

# of a stage that writes down when it is loaded, and more
NOTES = """\
import pathlib, sys

def note(what):
    with open("began", "a") as began:
        began.write(pathlib.Path(__file__).stem + "-" + what + "\\n")

def load_ahead():
    note("loads")
"""


def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without stages; programs in it find this house."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    folder = tmp_path / "shop"
    folder.mkdir()
    dvc(folder, "init", "--no-scm", "-q", module="dvc")
    return folder


def dvc(
    folder: Path, *arguments: str, module: str = "tests.ops.pipeline.roomy_dvc"
) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False
    )


def began(folder: Path) -> list[str]:
    """What its stages have written down, in order."""
    return (folder / "began").read_text().split()


def is_of(process: psutil.Process, project: Path) -> bool:
    """Whether it is a stage of the project, or a server of such."""
    try:
        command = " ".join(process.cmdline())
        return Path(process.cwd()) == project and (
            "stage" in command or "fork_server" in command
        )
    except psutil.Error:
        return False
