"""Child processes in groups of their own: started, watched, ended with all their children."""

import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    import psutil

GRACE_S = 10.0  # from SIGTERM to SIGKILL
ZOMBIE_S = 2.0  # killed, and nobody to reap it: no reason to wait for ever
POLL_S = 0.1
PROC = Path("/proc")  # where Linux shows its processes
Move = Literal["wait", "term", "kill", "done"]


def next_move(
    exited: bool, group: bool, ending: bool, now: float, deadline: float, kill_at: float
) -> Move:
    """What to do with a child.

    `group`: a process of its group, or one that carries its mark, is left. Times are monotonic
    seconds. A child that exits before its own children is ended like one that is over its time:
    none outlives the run.
    """
    if exited and (not group or (ending and now >= kill_at + ZOMBIE_S)):
        return "done"
    if not ending:
        return "term" if exited or now >= deadline else "wait"
    return "kill" if now >= kill_at else "wait"


class Ended(NamedTuple):
    """How a child ended."""

    status: str  # ok, failed, or why it was ended
    code: int  # a signal counts as 128 + its number, as in a shell


def how_ended(returncode: int, reason: str | None) -> Ended:
    """The end of a child, by its return code and why it was ended (None if it was not)."""
    code = returncode if returncode >= 0 else 128 - returncode
    return Ended(reason or ("failed" if code else "ok"), code)


class Child:
    """A process group under watch; `reason` says why it was ended, None if it was not.

    `mark`: a variable and its value that its processes carry. So those are found too that have left
    its group for a session of their own.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        limit_s: float,
        now: float,
        mark: tuple[str, str] | None = None,
    ) -> None:
        self.process = process
        self.mark = mark
        self.limit_s = limit_s
        self.deadline = now + limit_s
        self.reason: str | None = None
        self.ending = False
        self.kill_at = 0.0

    def end(self, reason: str | None, now: float) -> None:
        """Ask the whole group to end (SIGTERM); once only, the first reason stays."""
        if not self.ending:
            self.ending, self.reason, self.kill_at = True, reason, now + GRACE_S
            self._signal(signal.SIGTERM)

    def step(self, now: float) -> Ended | None:
        """Watch once; how it ended when the whole group is gone, None before."""
        code = self.process.poll()
        left = signal_group(self.process.pid, 0)
        if code is not None and not left:
            left = bool(self._strays())
        move = next_move(
            code is not None, left, self.ending, now, self.deadline, self.kill_at
        )
        if move == "term":
            self.end("timeout" if code is None else None, now)
        elif move == "kill":
            self._signal(signal.SIGKILL)
        if move != "done" or code is None:
            return None
        return how_ended(code, self.reason)

    def rest(self, seconds: float) -> None:
        """Let so much time pass, less if its first process ends."""
        rest(self.process, seconds)

    def _signal(self, number: int) -> None:
        signal_group(self.process.pid, number)
        for pid in self._strays():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)

    def _strays(self) -> list[int]:
        return marked_pids(*self.mark) if self.mark else []


def signal_group(group: int, number: int) -> bool:
    """Signal a process group (0 only looks); whether there was anyone to get it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS: a group of zombies refuses
        return False
    return True


def shown(command: Sequence[str]) -> str:
    """A command as one would type it."""
    return shlex.join([Path(command[0]).name, *command[1:]])


def run_here(command: Sequence[str]) -> int:
    """Run a program in a session of its own, on this terminal; its exit code.

    It has no row, no log file and no time limit.
    """
    with stop_signals() as stopping:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, start_new_session=True
        )
        child = Child(process, float("inf"), time.monotonic())
        return watch(child, stopping, lambda: None).code


class Watched(Protocol):
    """What can be watched to its end."""

    def step(self, now: float) -> Ended | None:
        """Watch once; how it ended, None before."""

    def end(self, reason: str | None, now: float) -> None:
        """Ask it to end."""

    def rest(self, seconds: float) -> None:
        """Let so much time pass, less if it ends."""


def rest(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Let so much time pass, less if the process ends; a signal does not cut it short."""
    try:
        handle = os.pidfd_open(process.pid) if process.returncode is None else None
    except (AttributeError, OSError):  # macOS; it is gone
        handle = None
    if handle is None:
        time.sleep(seconds)
        return
    try:
        wait([handle], seconds)
    finally:
        os.close(handle)


def watch(
    child: Watched, stopping: Callable[[], bool], show: Callable[[], None]
) -> Ended:
    """Watch a child to its end; `show` is called at every turn, and once after the end."""
    while (ended := child.step(time.monotonic())) is None:
        if stopping():
            child.end("stopped", time.monotonic())
        child.rest(POLL_S)
        show()
    show()
    return ended


@contextmanager
def stop_signals() -> Iterator[Callable[[], bool]]:
    """Whether the operator has asked to stop.

    They ask by SIGTERM, Ctrl-C, or a closed terminal (unless under nohup, which ignores SIGHUP).
    """
    asked: list[int] = []
    known = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    numbers = [number for number in known if signal.getsignal(number) != signal.SIG_IGN]
    former = {
        number: signal.signal(number, lambda n, _: asked.append(n))
        for number in numbers
    }
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def marked_pids(key: str, value: str) -> list[int]:
    """Ids of living processes whose environment says key=value, this one left out.

    Without psutil where there is /proc: the loop asks after each job.
    """
    if not (PROC / "self" / "environ").exists():
        return [process.pid for process in marked(key, value)]
    wanted, found = f"{key}={value}".encode(), []
    for folder in PROC.iterdir():
        with suppress(OSError):
            if folder.name.isdigit() and int(folder.name) != os.getpid():
                variables = (folder / "environ").read_bytes().split(b"\0")
                found += [int(folder.name)] * (wanted in variables)
    return found


def marked(key: str, value: str) -> list["psutil.Process"]:
    """Living processes whose environment says key=value, this one left out."""
    import psutil  # here: only who looks for orphans pays for it

    carriers = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(key) == value:
                carriers.append(process)
    return carriers


def end_processes(
    processes: Sequence["psutil.Process"], grace_s: float = GRACE_S
) -> None:
    """SIGTERM, then SIGKILL to those that are left after the grace."""
    import psutil

    for process in processes:
        with suppress(psutil.Error):
            process.terminate()
    for process in psutil.wait_procs(processes, timeout=grace_s)[1]:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(processes, timeout=ZOMBIE_S)
