"""The jobs: each is a child process in its own session, with a row, a log file and a time limit.

writes  state/runner.db (runs), state/logs/ID.log

A child carries the id of its run in its environment, and so do its own children: that is how those
of a runner that was killed are found again, whatever has become of process ids since.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from ops.processes import (
    Child,
    end_processes,
    marked,
    shown,
    signal_group,
    stop_signals,
    watch,
)
from ops.scheduler import run_history
from ops.scheduler.run_history import Run
from recsys.program.errors import DISK_ERRNOS, DiskError, StoreError, UserError

MARK = "SHOP_RUN_ID"
Clock = Callable[[], datetime]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Job:
    """A program that the runner knows.

    `alone`: one at a time with the others that are alone, for they share DVC's outs and the
    registry.
    """

    args: tuple[str, ...]  # of `python -m`
    alone: bool = True

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", *self.args]


JOBS = {
    "refresh": Job(("ops.pipeline.repro", "process")),
    "embed": Job(("ops.pipeline.repro", "embed")),
    "train": Job(("ops.pipeline.repro", "evaluate")),
    "drift": Job(("ops.pipeline.repro", "drift")),
    "deploy": Job(("ops.deploy.promote",)),
    "court": Job(("ops.deploy.hear",)),
    "rollback": Job(("ops.deploy.rollback",)),
    "health": Job(("ops.health.health",), alone=False),
    "cleanup": Job(("ops.cleanup",), alone=False),
}


def utc_now() -> datetime:
    """The clock of a real run."""
    return datetime.now(UTC)


def launch(
    state: Path, name: str, slot: datetime | None, limit_s: float, now: datetime
) -> tuple[Run, Child] | None:
    """Begin a run: row first, then log and process. None if its slot was taken before.

    StoreError if there can be no row; DiskError or UserError if no process (the row says so too).
    """
    run = run_history.open_run(state, name, slot, now)
    if run is None:
        return None
    try:
        process = _spawn(run, JOBS[name].command)
    except OSError as error:
        kind = DiskError if error.errno in DISK_ERRNOS else UserError
        problem = kind(f"{name} could not be started: {error}")
        run_history.close_run(state, run.id, "failed", problem.exit_code, now)
        raise problem from None
    child = Child(process, limit_s, time.monotonic())
    try:
        run_history.set_pid(state, run.id, process.pid)
    except StoreError:
        signal_group(process.pid, signal.SIGKILL)
        process.wait()
        raise
    return run, child


def _spawn(run: Run, command: list[str]) -> subprocess.Popen[bytes]:
    log = Path(run.log)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("xb") as out:
        out.write(f"$ {shown(command)}\n".encode())
        out.flush()
        environment = os.environ | {MARK: run.id, "PYTHONUNBUFFERED": "1"}
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=environment,
        )


def run_now(state: Path, name: str, limit_s: float, clock: Clock, say: Say) -> int:
    """Run a job in the foreground, its log shown as it grows; the job's exit code."""
    close_lost(state, clock(), say)
    with stop_signals() as stopping:
        begun = launch(state, name, None, limit_s, clock())
        assert begun is not None, "a run by hand has no slot"  # noqa: S101 - for mypy
        run, child = begun
        with Path(run.log).open("rb") as log:
            ended = watch(child, stopping, lambda: _show(log))
    run_history.close_run(state, run.id, ended.status, ended.code, clock())
    say(f"{name}: {ended.status}, exit {ended.code}; log {run.log}")
    return ended.code


def _show(log: Any) -> None:
    """Pass on to the terminal what the log has gained; a terminal that was closed ends nothing."""
    with suppress(OSError):
        sys.stdout.buffer.write(log.read())
        sys.stdout.buffer.flush()


def fate(
    run: Run, parents: dict[int, int], owner_lives: bool
) -> Literal["leave", "kill", "close"]:
    """What to do with an open row.

    `parents` maps the living processes that carry the run's id to their parents. A child whose
    parent is still its owner is watched by it. No pid yet: the owner is just about to start it.
    """
    if owner_lives and (run.pid is None or parents.get(run.pid) == run.owner):
        return "leave"
    return "kill" if parents else "close"


def close_lost(state: Path, now: datetime, say: Say) -> None:
    """Close the rows that a killed runner left open, and end what is left of their processes."""
    import psutil  # here: only who looks for orphans pays for it

    for run in run_history.open_runs(state):
        orphans = marked(MARK, run.id)
        parents = {}
        for process in orphans:
            with suppress(psutil.Error):
                parents[process.pid] = process.ppid()
        owner_lives = run.owner != os.getpid() and psutil.pid_exists(run.owner)
        move = fate(run, parents, owner_lives)
        if move == "kill":
            count = f"{len(orphans)} process(es)"
            say(f"{run.job}: ending {count} that a former runner left ({run.id})")
            end_processes(orphans)
        if move != "leave":
            run_history.close_run(
                state, run.id, "interrupted", None, now, reason="its runner was killed"
            )
            say(
                f"{run.job}: its run of {run.started_at} is closed as interrupted: who watched it is gone"
            )
