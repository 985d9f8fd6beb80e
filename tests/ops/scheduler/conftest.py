"""A folder with a job that is well, and the loop as a process in it."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ops import processes
from ops.scheduler import jobs, run_history
from ops.scheduler.jobs import Job
from tests.ops.scheduler.loops import RUNNER, STATE, Runner
from tests.ops.scheduler.turns import PROGRAM, RULES

SAYS_GOOD = "print('good')"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "health.py").write_text(SAYS_GOOD)
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for run in run_history.runs(STATE):
        processes.end_processes(processes.marked(jobs.MARK, run.id), grace_s=0)


@pytest.fixture
def runner() -> Iterator[Runner]:
    """Begins the loop in a process, as if it had been up some days before."""
    processes_begun = []

    def begin(now: str, limit_s: int = 600) -> subprocess.Popen[str]:
        if run_history.first_start(STATE) is None:
            run_history.note_start(STATE, datetime(2026, 3, 1, 12, tzinfo=UTC))
        command = [sys.executable, "-c", RUNNER, f"{now}+00:00", str(limit_s)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        processes_begun.append(process)
        return process

    yield begin
    for process in processes_begun:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder where every job is a program that says its name; `train` fails."""
    (tmp_path / "program.py").write_text(PROGRAM)
    for name in RULES:
        job = jobs.JOBS[name]
        monkeypatch.setitem(
            jobs.JOBS, name, Job(("program", name), job.alone, job.after)
        )
    monkeypatch.setattr(processes, "GRACE_S", 0.5)
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    monkeypatch.chdir(tmp_path)
    yield Path("state")
    for run in run_history.runs(Path("state")):
        processes.end_processes(processes.marked(jobs.MARK, run.id), grace_s=0)
