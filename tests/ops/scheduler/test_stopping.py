"""How the runner is ended: a real one, a frozen one, one that was killed, and no other process."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from bench.house.imports import ROOT
from ops import lock
from ops.scheduler import jobs, run_history, stopping
from ops.scheduler.stopping import Stopped
from recsys.program.errors import InstanceError
from tests.frozen import freeze
from tests.operator_shell import environment, make_project, runner

HOLD = """
import json, os, signal, sys, time
from pathlib import Path
from ops import lock
if sys.argv[2] == 'deaf':
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
with lock.hold(Path(sys.argv[1]), 'x', {'pid': os.getpid()}):
    print('up', flush=True)
    time.sleep(60)
"""


def said(_: str) -> None:
    pass


@pytest.fixture
def holder(
    tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that holds the runner's lock, as the mark says: plain or deaf to SIGTERM."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / stopping.LOCK), request.param]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout and process.stdout.readline()
            yield process
        finally:
            process.kill()


plain = pytest.mark.parametrize("holder", ["plain"], indirect=True)
deaf = pytest.mark.parametrize("holder", ["deaf"], indirect=True)


def test_nothing_to_stop(tmp_path: Path) -> None:
    ended = stopping.stop(tmp_path, False, said)
    assert (ended, ended.sentence) == (Stopped(None), "the runner is not running")
    assert list(tmp_path.iterdir()) == []


@plain
def test_it_is_asked_to_end(holder: subprocess.Popen[bytes], tmp_path: Path) -> None:
    ended = stopping.stop(tmp_path, False, said)
    assert ended == Stopped(holder.pid)
    assert ended.sentence == f"the runner has stopped (it was process {holder.pid})"


@deaf
def test_one_that_does_not_end_says_so_and_force_kills_it(
    holder: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    with pytest.raises(InstanceError, match=r"has not ended in 0.3 s; .*stop --force`"):
        stopping.stop(tmp_path, False, said, wait_s=0.3)
    assert holder.poll() is None
    ended = stopping.stop(tmp_path, True, said, wait_s=0.3)
    assert ended == Stopped(holder.pid, forced=True)
    assert holder.wait(timeout=30) == -9


@plain
def test_a_frozen_one_is_told_at_once_and_is_not_signalled(
    holder: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    freeze(holder.pid)
    begun = time.monotonic()
    with pytest.raises(InstanceError) as refused:
        stopping.stop(tmp_path, False, said)
    assert time.monotonic() - begun < 5  # it is not waited for
    assert str(refused.value) == (
        f"the runner (process {holder.pid}) is frozen (SIGSTOP, state T): it runs no job and "
        f"cannot end; `kill -CONT {holder.pid}` wakes it, `python runner.py stop --force` "
        "ends it and its jobs"
    )
    os.kill(holder.pid, 18)  # SIGCONT
    time.sleep(0.3)
    assert holder.poll() is None  # no SIGTERM was waiting for it


@plain
def test_an_id_that_is_somebody_elses_by_now_is_left_alone(
    holder: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    with subprocess.Popen(["sleep", "60"]) as bystander:
        (tmp_path / stopping.LOCK).write_text(json.dumps({"pid": bystander.pid}))
        for force in (False, True):
            with pytest.raises(InstanceError, match=f"not by process {bystander.pid}"):
                stopping.stop(tmp_path, force, said)
        assert bystander.poll() is None and holder.poll() is None
        bystander.kill()


def test_a_lock_that_names_no_process_or_one_that_is_gone(tmp_path: Path) -> None:
    for facts in ({}, {"pid": "x"}, {"pid": 2**22 + 1}):
        with (
            lock.hold(tmp_path / stopping.LOCK, "x", facts),
            pytest.raises(InstanceError, match="is locked, but"),
        ):
            stopping.stop(tmp_path, True, said)


@pytest.mark.parametrize(
    ("its", "unit"),
    [
        ("0::/system.slice/shop-runner.service\n", "shop-runner.service"),
        ("0::/user.slice/user-0.slice/session-3.scope\n", ""),
        ("0::/user.slice/user@0.service/app.slice/a-terminal.scope\n", ""),
        ("0::/system.slice/ci.service\n", ""),  # ours, too
        ("0::/\n", ""),
        ("", ""),
    ],
)
def test_a_service_of_systemd_is_told_by_its_cgroup(its: str, unit: str) -> None:
    assert stopping.unit_of(its, "0::/system.slice/ci.service\n") == unit


# ---- a real runner ----
@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """A project with a job that hangs; what runs in it is killed at the end."""
    root = make_project(tmp_path)
    yield root
    subprocess.run(
        [sys.executable, "runner.py", "stop", "--force"],
        cwd=root,
        env=environment(),
        capture_output=True,
        check=False,
    )


def hanging_job(state: Path, owner: int) -> tuple[subprocess.Popen[bytes], str]:
    """A run of the runner that does not end: its process, and its id."""
    run = run_history.open_run(state, "train", None, jobs.utc_now())
    assert run
    marked = os.environ | {jobs.MARK: run.id}
    process = subprocess.Popen(["sleep", "600"], env=marked, start_new_session=True)
    with closing(sqlite3.connect(state / "runner.db")) as database, database:
        row = (process.pid, owner, run.id)
        database.execute("UPDATE runs SET pid = ?, owner = ? WHERE id = ?", row)
    return process, run.id


def has_ended(pid: int) -> bool:
    """Whether it is gone, or waits to be reaped."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_start_stop_and_restart_of_a_real_runner(project: Path) -> None:
    up = runner(project, "start", "--detach", "--json")
    assert up.returncode == 0, up.stderr
    first = json.loads(up.stdout)["pid"]
    again = runner(project, "restart")
    assert again.returncode == 0
    assert again.stderr == f"the runner has stopped (it was process {first})\n"
    assert has_ended(first)
    now = json.loads(runner(project, "status", "--json").stdout)["runner"]
    assert now["alive"] and now["pid"] != first
    ended = runner(project, "stop", "--json")
    assert json.loads(ended.stdout) == {"pid": now["pid"], "forced": False}


def test_a_frozen_runner_and_its_jobs_are_ended_by_force(project: Path) -> None:
    up = json.loads(runner(project, "start", "--detach", "--json").stdout)
    child, run_id = hanging_job(project / "state", up["pid"])
    freeze(up["pid"])
    refused = runner(project, "stop")
    assert (refused.returncode, refused.stdout) == (5, "")
    assert "is frozen" in refused.stderr
    forced = runner(project, "stop", "--force")
    assert forced.returncode == 0, forced.stderr
    assert forced.stdout == (
        f"the runner was killed with all its jobs (it was process {up['pid']})\n"
    )
    assert has_ended(up["pid"])
    assert child.wait(timeout=30) < 0
    (run,) = [run for run in run_history.runs(project / "state") if run.id == run_id]
    assert run.status == "interrupted"
