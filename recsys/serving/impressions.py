"""The impression log: which products were shown to whom by which model, a JSON object a line.

It is off unless a file is named. What an online metric needs is in it: join `request_id` or user
and product with what was clicked or bought later. A file that has grown to `largest` is renamed to
FILE.1, FILE.1 to FILE.2 and so on; the oldest goes.

All workers of a service append to one file, each line in one write, and one of them renames it. Who
finds another file at its place, or none, goes on there: so logrotate may move it, too.
"""

import errno
import fcntl
import json
import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from recsys.program.errors import ConfigError

log = logging.getLogger("service")

LARGEST = 64 << 20  # bytes of a file
KEPT = 5  # former files
APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC


class Impressions:
    """A file that is appended to. A disk that is full loses lines, never an answer; `problem` says
    what is wrong as of the last line, "" if nothing is.
    """

    def __init__(self, path: Path, largest: int = LARGEST, kept: int = KEPT) -> None:
        self.path, self.largest, self.kept = path, largest, kept
        self.lost = 0  # lines that could not be written
        self.problem = ""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.handle: int | None = None
        self._open()

    def shown(
        self, request_id: str, model_id: str, user: str | None, products: Sequence[str]
    ) -> None:
        """Write one list down."""
        line = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "request_id": request_id,
            "model_id": model_id,
            "user_id": user,
            "products": list(products),
        }
        content = (json.dumps(line, ensure_ascii=False) + "\n").encode()
        try:
            handle = _append(self._at_its_place(), content)
        except OSError as error:
            self.lost += 1
            self._tell(f"{self.path}: lists are not written down ({error.strerror})")
        else:
            self._tell(self._rotated_if_large(handle))

    def close(self) -> None:
        """Let the file go."""
        if self.handle is not None:
            os.close(self.handle)
            self.handle = None

    def _open(self) -> int:
        self.close()
        self.handle = os.open(self.path, APPEND, 0o666)
        return self.handle

    def _at_its_place(self) -> int:
        """The file, opened anew if another one stands at its place."""
        if self.handle is None or not self._is_at_its_place(self.handle):
            return self._open()
        return self.handle

    def _is_at_its_place(self, handle: int) -> bool:
        try:
            return os.path.samestat(self.path.stat(), os.fstat(handle))
        except FileNotFoundError:
            return False

    def _rotated_if_large(self, handle: int) -> str:
        """Why that could not be done, "" if it was, or if there is nothing to do."""
        if os.fstat(handle).st_size < self.largest:
            return ""
        try:
            # it goes with the handle; who does not get it has nothing to do
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if self._is_at_its_place(handle):
                self._rename()
            self._open()
        except BlockingIOError:
            return ""
        except OSError as error:
            return f"{self.path}: grows, for it cannot be renamed ({error.strerror})"
        return ""

    def _rename(self) -> None:
        for number in range(self.kept, 0, -1):
            former = self._numbered(number - 1)
            if former.exists():
                former.replace(self._numbered(number))

    def _numbered(self, number: int) -> Path:
        return (
            self.path.with_name(f"{self.path.name}.{number}") if number else self.path
        )

    def _tell(self, problem: str) -> None:
        if problem and problem != self.problem:
            log.warning("%s", problem)
        self.problem = problem


def check(path: str) -> None:
    """ConfigError unless lists can be written down there; "" for nowhere."""
    try:
        if path:
            Impressions(Path(path)).close()
    except OSError as error:
        raise ConfigError(
            f"{path}: lists cannot be written down there ({error.strerror}); "
            f"name another file with --impressions"
        ) from None


def _append(handle: int, content: bytes) -> int:
    """Write a whole line, or none; the file. OSError if it could not be written."""
    written = os.write(handle, content)
    if written < len(content):
        with suppress(OSError):
            end = os.lseek(handle, 0, os.SEEK_CUR)
            if os.fstat(handle).st_size == end:  # nobody has written after it
                os.ftruncate(handle, end - written)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return handle
