"""Kills hit what they should, and runs that fail by themselves are counted."""

import random
import signal
import time
from pathlib import Path

import psutil
import pytest

from bench.runner import killing
from bench.speed.project import Project

SLOW = "import subprocess, time; subprocess.Popen(['sleep', '60']); time.sleep(60)"
FAILS_TWICE = """
from pathlib import Path
tries = Path("tries")
tries.write_text(tries.read_text() + "x" if tries.exists() else "x")
raise SystemExit(0 if len(tries.read_text()) > 2 else 6)
"""


def project(folder: Path, program: str) -> Project:
    (folder / "runner.py").write_text(program)
    return Project(folder)


def living(folder: Path) -> list[str]:
    found = []
    for process in psutil.process_iter(["cwd", "name"]):
        if process.info["cwd"] == str(folder):
            found.append(process.info["name"])
    return found


def test_all_of_its_processes_are_killed(tmp_path: Path) -> None:
    slow = project(tmp_path, SLOW)
    assert killing.killed(slow, (), "all", 1.0, random.Random(1)) is None
    time.sleep(0.2)
    assert living(tmp_path) == []


def test_one_of_them_leaves_the_others(tmp_path: Path) -> None:
    slow = project(tmp_path, SLOW.replace("time.sleep(60)", "time.sleep(2)"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(random.Random, "choice", lambda _, tree: tree[0])
        assert killing.killed(slow, (), "one", 1.0, random.Random(1)) is None
    assert living(tmp_path) == ["sleep"]
    for process in psutil.process_iter(["cwd"]):
        if process.info["cwd"] == str(tmp_path):
            process.send_signal(signal.SIGKILL)


def test_one_that_had_ended_is_not_killed_and_says_how(tmp_path: Path) -> None:
    quick = project(tmp_path, "raise SystemExit(4)")
    assert killing.killed(quick, (), "all", 30.0, random.Random(1)) == 4


@pytest.mark.parametrize(
    ("over", "runs", "code"), [(None, 3, 0), (6, 3, 6), (0, 1, 0), (4, 1, 4)]
)
def test_runs_until_one_succeeds(
    tmp_path: Path, over: int | None, runs: int, code: int
) -> None:
    assert killing.mended(project(tmp_path, FAILS_TWICE), (), over) == (runs, code)


def test_it_is_given_up_after_more_runs_than_are_allowed(tmp_path: Path) -> None:
    broken = project(tmp_path, "raise SystemExit(70)")
    most = killing.MOST_RERUNS + 1
    assert killing.mended(broken, (), None) == (most, 70)
