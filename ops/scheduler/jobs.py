"""The jobs: each is a child process in its own session, with a row, a log file and a time limit.

writes  state/runner.db (runs), state/logs/ID.log, state/said/ID.json (the child)

A child carries the id of its run in its environment, and so do its own children: that is how those
of a runner that was killed are found again, whatever has become of process ids since, and those
that have left its session.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from ops import said
from ops.processes import (
    Child,
    Ended,
    end_processes,
    marked,
    rest,
    shown,
    signal_group,
    stop_signals,
    watch,
)
from ops.said import Said
from ops.scheduler import ends, run_history
from ops.scheduler.run_history import Run
from ops.scheduler.slots import Times
from recsys.program.errors import DISK_ERRNOS, DiskError, StoreError, UserError

MARK = "SHOP_RUN_ID"
RELAY = Path(__file__).with_name("relay.py")
RELAY_S = 5.0  # for the last lines of a job that has ended
LIMIT_S = 3600  # of a job that params.yaml does not name
Clock = Callable[[], datetime]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Job:
    """A program that the runner knows.

    alone  one at a time with the others that are alone, for they share DVC's outs and the registry
    after  jobs that it goes after, if they run or wait
    """

    args: tuple[str, ...]  # of `python -m`
    alone: bool = True
    after: tuple[str, ...] = ()

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", *self.args]


JOBS = {
    "refresh": Job(("ops.pipeline.repro", "process")),
    "embed": Job(("ops.pipeline.repro", "embed"), after=("refresh",)),
    "train": Job(("ops.pipeline.repro", "evaluate"), after=("refresh", "embed")),
    "drift": Job(("ops.pipeline.repro", "drift"), after=("refresh",)),
    "deploy": Job(("ops.deploy.promote",), after=("refresh", "embed", "train")),
    "court": Job(("ops.deploy.hear",), after=("refresh",)),
    "rollback": Job(("ops.deploy.rollback",)),
    "export": Job(("ops.recommendations.export",), after=("train", "deploy")),
    "health": Job(("ops.health.health",), alone=False),
    "cleanup": Job(("ops.cleanup",), alone=False),
}


def utc_now() -> datetime:
    """The clock of a real run."""
    return datetime.now(UTC)


def command(name: str, times: Times, options: Sequence[str] | None = None) -> list[str]:
    """What a job runs; with `options` its program runs with these alone."""
    if options is not None:
        return [*Job(JOBS[name].args[:1]).command, *options]
    named = ["--out", times.export_to] if name == "export" else []
    return [*JOBS[name].command, *named]


def limit_s(name: str, times: Times) -> int:
    """Seconds that a run of a job may take."""
    return times.jobs[name].time_limit_s if name in times.jobs else LIMIT_S


class Running:
    """A run under watch, with the relay that writes its log."""

    def __init__(
        self, run: Run, child: Child, relay: subprocess.Popen[bytes], says: Path
    ) -> None:
        self.run, self.child, self.relay, self.says = run, child, relay, says
        self.ended: Ended | None = None
        self.told: Said | None = None
        self.give_up_at = 0.0

    def end(self, reason: str | None, now: float) -> None:
        """Ask it to end."""
        self.child.end(reason, now)

    def rest(self, seconds: float) -> None:
        """Let so much time pass, less if what is waited for ends."""
        if self.ended is None:
            self.child.rest(seconds)
        else:
            rest(self.relay, seconds)

    def step(self, now: float) -> Ended | None:
        """Watch once; how it ended when all its processes are gone and its log is whole."""
        if self.ended is None:
            self.ended = self.child.step(now)
            self.give_up_at = now + RELAY_S
        if self.ended is None:
            return None
        if self.relay.poll() is None:
            if now < self.give_up_at:
                return None
            self.relay.kill()
            self.relay.wait()
        return self.ended


def launch(
    state: Path,
    name: str,
    times: Times,
    slot: datetime | None,
    now: datetime,
    reason: str | None = None,
    options: Sequence[str] | None = None,
) -> Running | None:
    """Begin a run: row first, then log and process. None if its slot was taken before. `options`
    are those of the job's program, in place of what it has by plan.

    StoreError if there can be no row; DiskError or UserError if no process (the row says so too).
    """
    run = run_history.open_run(state, name, slot, now, reason)
    if run is None:
        return None
    says = (state / "said" / f"{run.id}.json").resolve()
    try:
        process, relay = _spawn(run, command(name, times, options), says)
    except OSError as error:
        kind = DiskError if error.errno in DISK_ERRNOS else UserError
        problem = kind(f"{name} could not be started: {error}")
        run_history.close_run(
            state, run.id, "failed", problem.exit_code, now, reason=str(problem)
        )
        raise problem from None
    mark = (MARK, run.id)
    child = Child(process, limit_s(name, times), time.monotonic(), mark)
    try:
        run_history.set_pid(state, run.id, process.pid)
    except StoreError:
        signal_group(process.pid, signal.SIGKILL)
        process.wait()
        raise
    return Running(run, child, relay, says)


def _spawn(
    run: Run, command: list[str], says: Path
) -> tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]:
    """The child, and the relay that copies what it prints into its log."""
    log = Path(run.log)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("xb") as out:
        out.write(f"$ {shown(command)}\n".encode())
    plain = {key: value for key, value in os.environ.items() if key != MARK}
    relay = subprocess.Popen(
        [sys.executable, "-I", "-S", str(RELAY), str(log)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # what ends the job must not end it
        env=plain,
    )
    assert relay.stdin  # noqa: S101 - it is a pipe
    marks = {MARK: run.id, said.SAYS: str(says), "PYTHONUNBUFFERED": "1"}
    with relay.stdin as out:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=plain | marks,
            )
        except OSError:
            relay.kill()
            relay.wait()
            raise
    return process, relay


def close(
    state: Path, running: Running, ended: Ended, now: datetime
) -> tuple[Run, Said]:
    """Write down how a run ended; its row, and what it told."""
    run = running.run
    told = running.told = running.told or said.heard(running.says)
    end = ends.outcome(ended, told, Path(run.log), running.child.limit_s)
    run_history.close_run(
        state, run.id, end.status, ended.code, now, end.kind, end.reason
    )
    return ends.closed(run, end, ended.code, now), told


def run_now(
    state: Path,
    name: str,
    times: Times,
    clock: Clock,
    say: Say,
    options: Sequence[str] | None = None,
) -> int:
    """Run a job in the foreground, its log shown as it grows; the job's exit code."""
    close_interrupted(state, clock(), say)
    with stop_signals() as stopping:
        running = launch(state, name, times, None, clock(), options=options)
        assert running is not None, "a run by hand has no slot"  # noqa: S101 - for mypy
        with Path(running.run.log).open("rb") as log:
            ended = watch(running, stopping, lambda: _show(log))
    run, _ = close(state, running, ended, clock())
    say(f"{ends.sentence(run)}; log {run.log}")
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


def close_interrupted(state: Path, now: datetime, say: Say) -> None:
    """Close the rows that a killed runner left open, and end what is left of their processes."""
    open_rows = run_history.open_runs(state)
    if not open_rows:
        return
    import psutil  # here: only who looks for orphans pays for it

    for run in open_rows:
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
                state, run.id, "interrupted", None, now, reason=ends.INTERRUPTED
            )
            say(
                f"{run.job}: its run of {run.started_at} is closed as interrupted: "
                "who watched it is gone"
            )
