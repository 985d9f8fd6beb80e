"""The system's lock on a file or folder: it goes with its process, however that ends.

A lock file is never deleted: a deleted one could be held twice. Child processes do not inherit it.

Who holds a file alone puts a second sign on it, which can be seen without taking anything: however
many look, nobody who wants the lock is refused because of them. Where the system has no such sign,
`is_held` tries the lock for an instant.
"""

import fcntl
import math
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

POLL_S = 0.02
# struct flock of Linux: type, whence, start, length (0: all), pid
SIGN = "hhqqi4x"


@contextmanager
def opened(path: Path, create: bool = True) -> Iterator[int]:
    """A handle to read and write the file, made if it is missing; one to read it if it is a folder,
    or if it is not to be made (then FileNotFoundError).
    """
    access = os.O_RDWR | os.O_CREAT if create and not path.is_dir() else os.O_RDONLY
    handle = os.open(path, access | os.O_CLOEXEC, 0o644)
    try:
        yield handle
    finally:
        os.close(handle)


def take(handle: int, wait_s: float = math.inf, shared: bool = False) -> bool:
    """Whether the lock of an open file could be had within `wait_s` seconds.

    It is held until the handle is closed. Many may hold it `shared`, while none holds it alone.
    """
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    if math.isinf(wait_s):
        fcntl.flock(handle, kind)
    elif not _taken_in_time(handle, kind, wait_s):
        return False
    if not shared:
        _sign(handle)
    return True


def is_held(handle: int) -> bool:
    """Whether somebody holds the lock of an open file alone; nothing is taken by looking."""
    seen = _signed(handle)
    if seen is None:
        taken = _taken_at_once(handle, fcntl.LOCK_SH)
        fcntl.flock(handle, fcntl.LOCK_UN)
        return not taken
    return seen


def _taken_in_time(handle: int, kind: int, wait_s: float) -> bool:
    end = time.monotonic() + wait_s
    while not _taken_at_once(handle, kind):
        if time.monotonic() >= end:
            return False
        time.sleep(POLL_S)
    return True


def _taken_at_once(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sign(handle: int) -> None:
    """Put the sign on the file; a folder, or a system without it, gets none."""
    with suppress(AttributeError, OSError):
        fcntl.fcntl(handle, fcntl.F_OFD_SETLK, _whole(fcntl.F_WRLCK))


def _signed(handle: int) -> bool | None:
    """Whether the sign is on the file; None if the system has none."""
    try:
        found = fcntl.fcntl(handle, fcntl.F_OFD_GETLK, _whole(fcntl.F_RDLCK))
    except (AttributeError, OSError):
        return None
    return bool(struct.unpack(SIGN, found)[0] != fcntl.F_UNLCK)


def _whole(kind: int) -> bytes:
    return struct.pack(SIGN, kind, os.SEEK_SET, 0, 0, 0)


@contextmanager
def held(path: Path) -> Iterator[int]:
    """The handle of a file or folder that is locked for the length of the block, however long
    another holder lets one wait.
    """
    with opened(path) as handle:
        take(handle)
        yield handle
