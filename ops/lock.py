"""A lock that the operating system gives back when its holder dies, however it dies.

The file names the holder and is never deleted: a deleted lock file could be held twice. Child
processes do not inherit it. A holder that ends well empties the file: facts that are found in a
free lock are a killed holder's.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Any

from recsys.program.errors import InstanceError

TRIES = 10  # `holder` has the lock for an instant: it must not look like another instance
TRY_S = 0.02


@contextmanager
def hold(path: Path, what: str, facts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Hold the lock for the length of the block, `facts` written inside; gives a killed holder's.

    InstanceError names the holder's pid.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        if not _taken(handle, fcntl.LOCK_EX, TRIES):
            pid = _facts(handle).get("pid", "unknown")
            raise InstanceError(
                f"{what} runs already as process {pid} ({path} is locked); "
                "wait until it ends, or stop it"
            )
        former = _facts(handle)
        _write(handle, json.dumps(dict(facts)))
        yield former
        _write(handle, "")
    finally:
        os.close(handle)


def holder(path: Path) -> dict[str, Any] | None:
    """Facts of the living holder; None if the lock is free. Writes and creates nothing."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        return None if _taken(handle, fcntl.LOCK_SH, 1) else _facts(handle)
    finally:
        os.close(handle)


def _taken(handle: int, kind: int, tries: int) -> bool:
    """Whether the lock could be had in so many tries."""
    for left in reversed(range(tries)):
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            time.sleep(TRY_S if left else 0)
    return False


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
    handle = os.open(state / "repro.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        flock(handle, LOCK_EX | LOCK_NB)
        yield
    except BlockingIOError:
        raise InstanceError(
            "a repro, an audit or a replay runs; wait until it ends, then run this again"
        ) from None
    finally:
        os.close(handle)
