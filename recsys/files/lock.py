"""The system's lock on a file or folder: it goes with its process, however that ends.

A lock file is never deleted: a deleted one could be held twice. Child processes do not inherit it.
"""

import fcntl
import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POLL_S = 0.02


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
        return True
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


@contextmanager
def held(path: Path) -> Iterator[int]:
    """The handle of a file or folder that is locked for the length of the block, however long
    another holder lets one wait.
    """
    with opened(path) as handle:
        take(handle)
        yield handle
