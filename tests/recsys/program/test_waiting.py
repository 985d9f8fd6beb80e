"""A program that is started before its turn loads, waits, and begins when it is told to."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from recsys.program import waiting
from tests.waiting import wait_for

PROGRAM = """\
from pathlib import Path
from recsys.program import waiting
import words
waiting.until_told(lambda: Path("loaded").touch())
Path("said").write_text(words.SAID)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "words.py").write_text('SAID = "first"')
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    return tmp_path


def started(folder: Path, since: float) -> "subprocess.Popen[bytes]":
    """The program, when it has loaded and waits."""
    process = subprocess.Popen(
        [sys.executable, "-m", "program"],
        cwd=folder,
        env={**os.environ, waiting.VARIABLE: str(since)},
        stdin=subprocess.PIPE,
    )
    wait_for((folder / "loaded").exists)
    return process


def test_it_begins_when_it_is_told_to(folder: Path) -> None:
    process = started(folder, time.time())
    time.sleep(0.1)
    assert process.poll() is None and not (folder / "said").exists()
    process.communicate(waiting.GO)
    assert process.returncode == 0
    assert (folder / "said").read_text() == "first"


def test_it_ends_with_whom_it_waits_for(folder: Path) -> None:
    process = started(folder, time.time())
    process.communicate(b"")
    assert process.returncode == waiting.NOBODY
    assert not (folder / "said").exists()


def test_code_that_was_changed_meanwhile_is_loaded_anew(folder: Path) -> None:
    process = started(folder, time.time())
    (folder / "words.py").write_text('SAID = "second"')
    process.communicate(waiting.GO)
    assert process.returncode == 0
    assert (folder / "said").read_text() == "second"


def test_without_the_word_it_does_not_wait(folder: Path) -> None:
    subprocess.run([sys.executable, "-m", "program"], cwd=folder, check=True)
    assert (folder / "said").exists() and not (folder / "loaded").exists()
