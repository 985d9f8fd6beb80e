"""The commands that explain, as an operator calls them: text and JSON, from anywhere, in little
time.
"""

import json
import resource
from pathlib import Path

import pytest

from tests.operator_shell import make_project, runner
from tests.ops.explain.worlds import lived, snapshot


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that has lived for a while, without a graph."""
    make_project(tmp_path)
    return lived(tmp_path)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["status"], "live        als-1 (version 1), since 2026-11-22 11:00"),
        (["plan"], "The next 7 days, Asia/Ho_Chi_Minh"),
        (["plan", "--days", "1"], "The next 1 day,"),
        (["why", "refresh"], "did not run: the runner was down"),
        (["why", "refresh", "--last", "1"], "37 new interactions"),
        (["history"], "als-1"),
    ],
)
def test_each_says_its_piece_and_changes_nothing(
    project: Path, args: list[str], words: str
) -> None:
    before = snapshot(project)
    done = runner(project, *args, folder=project.parent)
    assert (done.returncode, done.stderr) == (0, "")
    assert words in done.stdout
    assert snapshot(project) == before


@pytest.mark.parametrize(
    ("args", "key"),
    [
        (["status"], "production"),
        (["plan"], "slots"),
        (["why", "deploy"], "history"),
        (["logs", "train"], "lines"),
    ],
)
def test_each_has_json_for_programs(project: Path, args: list[str], key: str) -> None:
    done = runner(project, *args, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert key in json.loads(done.stdout)


def test_the_help_of_each_is_its_own(project: Path) -> None:
    for name in ("status", "plan", "why", "logs", "doctor"):
        done = runner(project, name, "--help")
        assert done.returncode == 0
        assert done.stdout.startswith(f"Usage: runner.py {name} ")
        assert "--json" in done.stdout


def test_status_takes_little_time_of_the_processor(project: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    runner(project, "status")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    assert spent < 1.5  # 0.3 s; the rest is for a busy machine
