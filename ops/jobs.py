"""The jobs, each a child process in a session of its own, with a row, a log file and a time limit.

A child carries the id of its run in its environment, and so do its own children: that is how those of a
runner that was killed are found again, whatever has become of process ids since.
"""

import errno
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from ops import history
from ops.history import Run
from recsys.errors import DiskError, StoreError, UserError

MARK = "SHOP_RUN_ID"
GRACE_S = 10.0  # from SIGTERM to SIGKILL
ZOMBIE_S = 2.0  # killed, and nobody to reap it: no reason to wait for ever
POLL_S = 0.1
Clock = Callable[[], datetime]
Say = Callable[[str], None]
Move = Literal["wait", "term", "kill", "done"]


@dataclass(frozen=True)
class Job:
    """A program that the runner knows."""

    args: tuple[str, ...]  # of `python -m`
    alone: bool = True  # one at a time with the others that are: they share DVC's outs and the registry

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", *self.args]


JOBS = {
    "refresh": Job(("ops.repro", "process")),
    "embed": Job(("ops.repro", "embed")),
    "train": Job(("ops.repro", "evaluate")),
    "drift": Job(("ops.repro", "drift")),
    "deploy": Job(("ops.promote",)),
    "rollback": Job(("ops.rollback",)),
    "health": Job(("ops.health",), alone=False),
    "cleanup": Job(("ops.cleanup",), alone=False),
}


def next_move(exited: bool, group: bool, ending: bool, now: float, deadline: float, kill_at: float) -> Move:
    """What to do with a child; `group`: a process of its group is left. Times in monotonic seconds.

    A child that exits before its own children is ended like one that is over its time: none outlives the run.
    """
    if exited and (not group or (ending and now >= kill_at + ZOMBIE_S)):
        return "done"
    if not ending:
        return "term" if exited or now >= deadline else "wait"
    return "kill" if now >= kill_at else "wait"


def verdict(code: int, reason: str | None) -> tuple[str, int]:
    """Status and exit code of a run; a signal counts as 128 + its number, as in a shell."""
    code = code if code >= 0 else 128 - code
    return reason or ("failed" if code else "ok"), code


def utc_now() -> datetime:
    """The clock of a real run."""
    return datetime.now(UTC)


class Child:
    """A process group under watch; `reason` says why it was ended, None if it was not."""

    def __init__(self, process: subprocess.Popen[bytes], limit_s: float, now: float) -> None:
        self.process = process
        self.deadline = now + limit_s
        self.reason: str | None = None
        self.ending = False
        self.kill_at = 0.0

    def end(self, reason: str | None, now: float) -> None:
        """Ask the whole group to end (SIGTERM); once only, the first reason stays."""
        if not self.ending:
            self.ending, self.reason, self.kill_at = True, reason, now + GRACE_S
            signal_group(self.process.pid, signal.SIGTERM)

    def step(self, now: float) -> tuple[str, int] | None:
        """Watch once; status and exit code when the whole group is gone."""
        code = self.process.poll()
        move = next_move(
            code is not None, signal_group(self.process.pid, 0), self.ending, now, self.deadline, self.kill_at
        )
        if move == "term":
            self.end("timeout" if code is None else None, now)
        elif move == "kill":
            signal_group(self.process.pid, signal.SIGKILL)
        return verdict(code, self.reason) if move == "done" and code is not None else None


def signal_group(group: int, number: int) -> bool:
    """Signal a process group (0 only looks); whether there was anyone to get it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS: a group of zombies refuses
        return False
    return True


def launch(state: Path, name: str, slot: datetime | None, limit_s: float, now: datetime) -> tuple[Run, Child] | None:
    """Begin a run: row first, then log and process. None if its slot was taken before.

    StoreError if there can be no row; DiskError or UserError if no process (the row says so too).
    """
    run = history.open_run(state, name, slot, now)
    if run is None:
        return None
    try:
        process = _spawn(run, JOBS[name].command)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
        problem = (DiskError if full else UserError)(f"{name} could not be started: {error}")
        history.close_run(state, run.id, "failed", problem.exit_code, now)
        raise problem from None
    child = Child(process, limit_s, time.monotonic())
    try:
        history.set_pid(state, run.id, process.pid)
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


def shown(command: Sequence[str]) -> str:
    """A command as one would type it."""
    return shlex.join([Path(command[0]).name, *command[1:]])


def run_now(state: Path, name: str, limit_s: float, clock: Clock, say: Say) -> int:
    """Run a job in the foreground, its log shown as it grows; the job's exit code."""
    close_lost(state, clock(), say)
    with stop_signals() as stopping:
        begun = launch(state, name, None, limit_s, clock())
        assert begun is not None, "a run by hand has no slot"  # noqa: S101
        run, child = begun
        with Path(run.log).open("rb") as log:
            status, code = watch(child, stopping, lambda: _show(log))
    history.close_run(state, run.id, status, code, clock())
    say(f"{name}: {status}, exit {code}; log {run.log}")
    return code


def attend(command: Sequence[str]) -> int:
    """Run a program in a session of its own, on this terminal, without row and limit; its exit code."""
    with stop_signals() as stopping:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        return watch(Child(process, float("inf"), time.monotonic()), stopping, lambda: None)[1]


def watch(child: Child, stopping: Callable[[], bool], show: Callable[[], None]) -> tuple[str, int]:
    """Watch a child to its end; status and exit code."""
    while (ended := child.step(time.monotonic())) is None:
        if stopping():
            child.end("stopped", time.monotonic())
        time.sleep(POLL_S)
        show()
    show()
    return ended


def _show(log: Any) -> None:
    """What the log has gained, on the terminal; one that was closed ends nothing."""
    with suppress(OSError):
        sys.stdout.buffer.write(log.read())
        sys.stdout.buffer.flush()


@contextmanager
def stop_signals() -> Iterator[Callable[[], bool]]:
    """Whether the operator has asked to stop: SIGTERM, Ctrl-C, or a closed terminal (unless under nohup)."""
    asked: list[int] = []
    numbers = [
        number
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        if signal.getsignal(number) != signal.SIG_IGN
    ]
    former = {number: signal.signal(number, lambda n, _: asked.append(n)) for number in numbers}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def marked(key: str, value: str) -> list[Any]:
    """Living processes (psutil.Process) whose environment says key=value, this one left out."""
    import psutil

    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(key) == value:
                found.append(process)
    return found


def end_processes(processes: Sequence[Any], grace_s: float = GRACE_S) -> None:
    """SIGTERM, then SIGKILL to those that are left after the grace."""
    import psutil

    for process in processes:
        with suppress(psutil.Error):
            process.terminate()
    for process in psutil.wait_procs(processes, timeout=grace_s)[1]:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(processes, timeout=ZOMBIE_S)


def fate(run: Run, parents: dict[int, int], owner_lives: bool) -> Literal["leave", "kill", "close"]:
    """What to do with an open row; `parents` maps living processes that carry the run's id to their parents.

    A child whose parent is still its owner is watched by it. No pid yet: the owner is just about to start it.
    """
    if owner_lives and (run.pid is None or parents.get(run.pid) == run.owner):
        return "leave"
    return "kill" if parents else "close"


def close_lost(state: Path, now: datetime, say: Say) -> None:
    """Close the rows that a killed runner left open, after ending what is left of their processes."""
    import psutil

    for run in history.open_runs(state):
        orphans = marked(MARK, run.id)
        parents = {}
        for process in orphans:
            with suppress(psutil.Error):
                parents[process.pid] = process.ppid()
        move = fate(run, parents, run.owner != os.getpid() and psutil.pid_exists(run.owner))
        if move == "kill":
            say(f"{run.job}: ending {len(orphans)} process(es) that a former runner left ({run.id})")
            end_processes(orphans)
        if move != "leave":
            history.close_run(state, run.id, "lost", None, now)
            say(f"{run.job}: its run of {run.started_at} is closed as lost: who watched it is gone")
