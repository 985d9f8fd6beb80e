"""Whether some process has a file open for writing."""

import fcntl
import os
import signal
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

# a file of another user, whose processes we cannot see, counts as finished after so long
QUIET_S = 24 * 3600


def is_written(handle: int, now: datetime) -> bool:
    """Whether a process has the file open for writing (or mapped); `handle` is open for reading
    only.

    The kernel says so for our own files (a read lease is granted only where nobody writes). For
    those of another user the processes are looked through; if not all can be seen, a file counts as
    written until it has been quiet for QUIET_S: then nothing is lost, it is only sealed bit by bit.
    """
    try:
        # the signal of a broken lease: one that is ignored
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except OSError:  # not our file, or a file system without leases
        return _is_seen(handle, now)
    fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def _is_seen(handle: int, now: datetime) -> bool:
    """The same by a look at the open files of all processes."""
    wanted = os.fstat(handle)
    can_see_all = True
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(
                os.path.samestat(opened, wanted)
                for opened in _open_for_writing(process)
            ):
                return True
        except PermissionError:
            can_see_all = False
        except OSError:  # it has ended
            continue
    return not can_see_all and abs(now.timestamp() - wanted.st_mtime) < QUIET_S


def _open_for_writing(process: Path) -> Iterator[os.stat_result]:
    """Facts of the files that a process can write to."""
    for opened in (process / "fd").iterdir():
        try:
            facts = (process / "fdinfo" / opened.name).read_text().splitlines()
            flags = next(line for line in facts if "flags" in line)
            if int(flags.split()[1], 8) & os.O_ACCMODE != os.O_RDONLY:
                yield opened.stat()
        except (
            FileNotFoundError,
            ProcessLookupError,
            StopIteration,
        ):  # it has been closed
            continue
