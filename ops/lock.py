"""A lock that names its holder: one instance of the runner, of a repro, of tuning.

It is the system's lock on a file (recsys/files/lock.py), with facts of the holder written inside. A
holder that ends well empties the file: facts that are found in a free lock are a killed holder's.
"""

import fcntl
import json
import os
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from recsys.files import lock
from recsys.program.errors import InstanceError

LOOKERS_S = 10.0  # so long may those who only look, each for an instant, be in the way
PAUSE_S = 0.02


@contextmanager
def hold(path: Path, what: str, facts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Hold the lock for the length of the block, `facts` written inside; gives a killed holder's.

    InstanceError names the holder's pid.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with lock.opened(path) as handle:
        if not _taken(handle):
            raise InstanceError(_who_holds(what, path, _facts(handle).get("pid")))
        former = _facts(handle)
        _write(handle, json.dumps(dict(facts)))
        yield former
        _write(handle, "")


def holder(path: Path) -> dict[str, Any] | None:
    """Facts of the living holder; None if the lock is free. Writes, creates and takes nothing."""
    try:
        with lock.opened(path, create=False) as handle:
            return _facts(handle) if lock.is_held(handle) else None
    except FileNotFoundError:
        return None


def file_of(path: Path) -> tuple[int, int]:
    """Which file stands at the path, by its device and inode."""
    found = path.stat()
    return found.st_dev, found.st_ino


def is_still(path: Path, file: tuple[int, int]) -> bool:
    """Whether this file still stands there, or the system does not say. A lock is on a file: where
    another one has taken its place, it may be held a second time.
    """
    try:
        return file_of(path) == file
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True


def is_frozen(pid: object, proc: Path = Path("/proc")) -> bool:
    """Whether the process was stopped (SIGSTOP, Ctrl-Z): it lives and does nothing, for as long as
    nobody lets it go on. False where the system does not say.
    """
    try:
        said = (proc / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return False
    return said.rpartition(")")[2].split()[:1] in (["T"], ["t"])


def _who_holds(what: str, path: Path, pid: object) -> str:
    if is_frozen(pid):
        return (
            f"{what} runs already as process {pid}, and that is frozen ({path} is locked); let it "
            f"go on with `kill -CONT {pid}`, or end it with `kill -KILL {pid}`, then run again"
        )
    known = "unknown" if pid is None else pid
    return (
        f"{what} runs already as process {known} ({path} is locked); "
        "wait until it ends, or stop it"
    )


def _taken(handle: int) -> bool:
    """Whether the lock could be had. Only an owner refuses it: `holder` shares it for an instant,
    and many who look, on a busy machine, are no other instance.
    """
    end = time.monotonic() + LOOKERS_S
    while not lock.take(handle, 0):
        is_owned = not lock.take(handle, 0, shared=True)
        fcntl.flock(handle, fcntl.LOCK_UN)
        if is_owned or time.monotonic() >= end:
            return False
        time.sleep(random.uniform(0, PAUSE_S))  # noqa: S311 - so that two do not keep step
    return True


def _facts(handle: int) -> dict[str, Any]:
    """What the file says; nothing if it is empty or was cut short."""
    try:
        found = json.loads(os.pread(handle, 4096, 0))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _write(handle: int, text: str) -> None:
    os.ftruncate(handle, 0)
    os.pwrite(handle, text.encode(), 0)


@contextmanager
def no_repro(state: Path) -> Iterator[None]:
    """Keep repros away for the length of the block. InstanceError if one runs.

    It takes the lock of ops/pipeline/repro.py, and leaves what is written in it: a killed repro's
    traces are for the next one.
    """
    state.mkdir(parents=True, exist_ok=True)
    with lock.opened(state / "repro.lock") as handle:
        if not _taken(handle):
            raise InstanceError(
                "a repro, an audit or a replay runs; wait until it ends, then run this again"
            )
        yield
