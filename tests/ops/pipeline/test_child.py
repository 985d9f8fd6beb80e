"""What a child says on stderr is shown, and its end kept."""

import os
import sys
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.pipeline import child
from recsys.program import waiting
from tests.waiting import wait_for

SAYS = "import sys; sys.stderr.write('a' * 70000 + 'end'); sys.exit(3)"


def test_code_and_the_end_of_what_it_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, said = child.stream([sys.executable, "-c", SAYS], tmp_path, dict(os.environ))
    assert (code, len(said), said[-4:]) == (3, child.TAIL, "aend")
    assert capfd.readouterr().err == "a" * 70000 + "end"


LOADS = """
import pathlib
from recsys.program import waiting
waiting.until_told(lambda: pathlib.Path("loaded").touch())
pathlib.Path("ran").touch()
"""


def loading(folder: Path) -> child.Child:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return child.Child([sys.executable, "-c", LOADS], folder, env)


def test_one_that_loads_runs_when_it_is_its_turn(tmp_path: Path) -> None:
    with loading(tmp_path) as one:
        one.load()
        wait_for((tmp_path / "loaded").exists)
        assert not (tmp_path / "ran").exists()
        assert one.stream() == (0, "")
    assert (tmp_path / "ran").exists()


def test_one_whose_turn_does_not_come_ends(tmp_path: Path) -> None:
    with loading(tmp_path) as one:
        one.load()
    assert one.loading is not None
    assert one.loading.returncode == waiting.NOBODY
    assert not (tmp_path / "ran").exists()


def test_one_that_has_not_loaded_runs_all_the_same(tmp_path: Path) -> None:
    with loading(tmp_path) as one:
        assert one.stream() == (0, "")
    assert (tmp_path / "ran").exists() and not (tmp_path / "loaded").exists()
