"""A Python without the packages hands over to the one of .venv, or says what to do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.house.imports import ROOT

PROGRAM = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
from recsys.program import venv
venv.enter(Path(__file__).parent)
import typer
print(sys.argv[1:], sys.flags.optimize)
"""


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A Python without packages, and a program."""
    (tmp_path / "program.py").write_text(PROGRAM)
    made = tmp_path / "bare"
    command = [sys.executable, "-m", "venv", "--without-pip", "--symlinks", str(made)]
    subprocess.run(command, check=True)
    return made / "bin" / "python"


def run(python: Path, folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [str(python), "-O", str(folder / "program.py"), "status", "--json"]
    clean = {"PATH": os.environ["PATH"]}
    return subprocess.run(
        command, capture_output=True, text=True, env=clean, check=False
    )


def test_it_goes_on_by_the_python_of_the_project(bare: Path, tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    done = run(bare, tmp_path)
    assert (done.returncode, done.stdout) == (0, "['status', '--json'] 1\n"), (
        done.stderr
    )


def test_without_one_it_says_what_to_do(bare: Path, tmp_path: Path) -> None:
    done = run(bare, tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        f"error: {bare} has none of the packages; run `make venv` in {tmp_path}, which puts them "
        f"into .venv\n"
    )


def test_one_that_lacks_them_too_is_not_asked_again(bare: Path, tmp_path: Path) -> None:
    bare.parents[1].rename(tmp_path / ".venv")
    done = run(tmp_path / ".venv" / "bin" / "python", tmp_path)
    assert done.returncode == 2 and "`make venv`" in done.stderr


def test_with_the_packages_nothing_happens(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    done = run(Path(sys.executable), tmp_path)
    assert done.stdout == "['status', '--json'] 1\n"
