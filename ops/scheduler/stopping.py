"""End the runner: ask it, wait for it, and say why it does not; or kill it with all its jobs.

reads   state/runner.lock, state/runner.db
writes  state/runner.db (with force: the rows of the jobs that were killed)

The process that is signalled is the one that has the lock file open, and no other: an id that
stands in the file may be somebody else's by now.
"""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ops import lock
from ops.processes import end_processes
from ops.scheduler import jobs
from recsys.program.errors import InstanceError

if TYPE_CHECKING:
    import psutil

LOCK = "runner.lock"
WAIT_S = 30.0  # its jobs have 10 s to end before they are killed
KILL_S = 10.0
POLL_S = 0.1
Say = Callable[[str], None]


@dataclass(frozen=True)
class Stopped:
    """How the runner has ended; no pid if none was up."""

    pid: int | None
    forced: bool = False

    @property
    def sentence(self) -> str:
        if self.pid is None:
            return "the runner is not running"
        how = "was killed with all its jobs" if self.forced else "has stopped"
        return f"the runner {how} (it was process {self.pid})"


def stop(state: Path, force: bool, say: Say, wait_s: float = WAIT_S) -> Stopped:
    """End the runner and the jobs that run.

    InstanceError if it cannot end, or if it is not to be seen which process it is; `force` kills
    one that does not end by itself.
    """
    path = state / LOCK
    facts = lock.holder(path)
    if facts is None:
        return Stopped(None)
    process = holding(path, facts)
    if not is_frozen(process):
        process.terminate()
        if _is_free(path, wait_s):
            return Stopped(process.pid)
    if not force:
        raise InstanceError(why_it_goes_on(process, wait_s))
    _kill(process, path)
    jobs.close_interrupted(state, jobs.utc_now(), say)
    return Stopped(process.pid, forced=True)


def holding(path: Path, facts: Mapping[str, Any]) -> "psutil.Process":
    """The process that holds this lock. InstanceError if it is not the one that the file names."""
    import psutil  # here: only who stops or examines a runner pays for it

    pid = facts.get("pid")
    if not isinstance(pid, int):
        raise InstanceError(
            f"{path} is locked, but names no process; try again in a moment"
        )
    try:
        process = psutil.Process(pid)
        opened = {Path(file.path) for file in process.open_files()}
    except psutil.NoSuchProcess:
        opened = set()
    except psutil.AccessDenied:
        raise InstanceError(
            f"the runner (process {pid}) is another user's; stop it as {_owner(process)}"
        ) from None
    if path.resolve() not in opened:
        raise InstanceError(
            f"{path} is locked, but not by process {pid}, which stands in it; nobody was "
            f"stopped: stop it where it was started (another container?), or try again"
        )
    return process


def is_frozen(process: "psutil.Process") -> bool:
    """Whether somebody has stopped the process (SIGSTOP, Ctrl-Z): it does nothing until it is
    woken.
    """
    import psutil

    try:
        return process.status() == psutil.STATUS_STOPPED
    except psutil.NoSuchProcess:
        return False


def refuse_unit(state: Path) -> None:
    """InstanceError if systemd runs the runner: started by hand, it would be out of its care."""
    facts = lock.holder(state / LOCK)
    if facts is None:
        return
    pid = holding(state / LOCK, facts).pid
    unit = unit_of(_cgroup(pid), _cgroup(os.getpid()))
    if unit:
        raise InstanceError(f"systemd runs the runner; use `systemctl restart {unit}`")


def unit_of(its: str, ours: str) -> str:
    """The service of systemd that a process is in, by what /proc says of its cgroup; "" if it is in
    none, or in the one that we are in.
    """
    name = its.strip().rpartition("/")[2]
    return name if name.endswith(".service") and its != ours else ""


def _cgroup(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8")
    except OSError:
        return ""


def why_it_goes_on(process: "psutil.Process", waited_s: float) -> str:
    """Why a runner that was asked to end is still there, and what to do."""
    force = "`python runner.py stop --force` ends it and its jobs"
    if is_frozen(process):
        return (
            f"the runner (process {process.pid}) is frozen (SIGSTOP, state T): it runs no job "
            f"and cannot end; `kill -CONT {process.pid}` wakes it, {force}"
        )
    return (
        f"the runner (process {process.pid}) has not ended in {waited_s:g} s; "
        f"`python runner.py logs` says what it does, {force}"
    )


def _owner(process: "psutil.Process") -> str:
    import psutil

    try:
        return process.username()
    except (psutil.Error, KeyError):
        return "its owner"


def _is_free(path: Path, wait_s: float) -> bool:
    """Whether the lock is given back within so many seconds."""
    end = time.monotonic() + wait_s
    while lock.holder(path) is not None:
        if time.monotonic() > end:
            return False
        time.sleep(POLL_S)
    return True


def _kill(process: "psutil.Process", path: Path) -> None:
    """Kill the runner first, so that it starts no job any more, then what it has started."""
    import psutil

    try:
        children = process.children(recursive=True)
        process.kill()
    except psutil.NoSuchProcess:
        children = []
    if not _is_free(path, KILL_S):
        raise InstanceError(
            f"process {process.pid} was killed and {path} is still locked; "
            f"`python runner.py doctor` says who holds it"
        )
    end_processes(children)
