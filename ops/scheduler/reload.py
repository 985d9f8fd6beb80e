"""params.yaml while the loop runs: a new one is read by a child, which checks all of it first.

reads   params.yaml     its size and times once a second; its bytes when these have changed
"""

import hashlib
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from ops.processes import signal_group
from ops.scheduler import kept
from ops.scheduler.slots import Times

READER = (sys.executable, "-m", "ops.pipeline.check", "--as-json", "runner", "--params")
LIMIT_S = 120.0  # for the check
Mark = tuple[int, int, int] | None


class Reload:
    """Watches a params.yaml; what stood there at first has been taken."""

    def __init__(
        self, path: Path, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self.path, self.steady = path, steady
        self.seen = self.settled = mark_of(path)
        self.content = content_of(path)
        self.reading: Reading | None = None

    def look(self) -> Times | str | None:
        """New times, or why the file that is there now is not taken; None if there is no news.

        A file counts when it has stood still from one look to the next.
        """
        if self.reading:
            found = self.reading.step(self.steady())
            self.reading = self.reading if found is None else None
            return found
        mark = mark_of(self.path)
        stands_still, self.seen = mark == self.seen, mark
        if mark == self.settled or not stands_still:
            return None
        self.settled = mark
        content = content_of(self.path)
        if content == self.content:
            return None
        self.content = content
        self.reading = Reading(self.path, self.steady() + LIMIT_S)
        return None

    def end(self) -> None:
        """End the child, if there is one."""
        if self.reading:
            self.reading.end()


class Reading:
    """A child that checks the file and prints its section `runner`."""

    def __init__(self, path: Path, give_up_at: float) -> None:
        self.path, self.give_up_at = path, give_up_at
        self.out: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - it outlives this call
        self.said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - it outlives this call
        self.process = subprocess.Popen(
            [*READER, str(path)],
            stdin=subprocess.DEVNULL,
            stdout=self.out,
            stderr=self.said,
            start_new_session=True,
        )

    def step(self, now: float) -> Times | str | None:
        """The times, or why there are none; None while it is still at work."""
        if self.process.poll() is None and now < self.give_up_at:
            return None
        self._kill()
        with self.out, self.said:
            return self._result()

    def end(self) -> None:
        """End it, whatever it has found."""
        self._kill()
        self.out.close()
        self.said.close()

    def _kill(self) -> None:
        signal_group(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _result(self) -> Times | str:
        for handle in (self.out, self.said):
            handle.seek(0)
        told = self.said.read().decode("utf-8", errors="replace").strip()
        if self.process.returncode == 0:
            try:
                return kept.times_of(json.loads(self.out.read()))
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                told = f"the check gave no section `runner`: {error}"
        last = told.splitlines()[-1:] or [
            f"its check ended with {self.process.returncode}"
        ]
        return last[0].removeprefix("error: ")


def mark_of(path: Path) -> Mark:
    """What changes when a file is written; None if there is none."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size, facts.st_ino


def content_of(path: Path) -> bytes:
    """The hash of a file; empty if it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return b""
