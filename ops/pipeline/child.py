"""A child whose errors are shown as they come, and the end of them kept."""

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from recsys.program import waiting

TAIL = 65536  # so much of its messages is kept, to find the failing stage in


class Child:
    """A command whose errors go through a pipe. In a `with` block it may load what it needs before
    it is to run (recsys/program/waiting.py); it ends with the block if it was not run in it.
    """

    def __init__(self, command: Sequence[str], root: Path, env: dict[str, str]) -> None:
        self.command, self.root, self.env = command, root, env
        self.loading: subprocess.Popen[bytes] | None = None

    def load(self) -> None:
        """Start it as a program that loads, and waits for the word."""
        told = {waiting.VARIABLE: str(time.time())}
        self.loading = self._started(told, subprocess.PIPE)

    def stream(self) -> tuple[int, str]:
        """Let it run; exit code and the end of what it said on stderr.

        Its output is passed on as it comes.
        """
        process = self.loading or self._started({})
        self._last_word(waiting.GO)
        return _to_its_end(process)

    def _started(
        self, told: dict[str, str], stdin: int | None = None
    ) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            self.command,
            cwd=self.root,
            env=self.env | told,
            stdin=stdin,
            stderr=subprocess.PIPE,
        )

    def _last_word(self, word: bytes) -> None:
        if self.loading and self.loading.stdin and not self.loading.stdin.closed:
            with suppress(OSError):  # it is gone: its exit code says why
                self.loading.stdin.write(word)
                self.loading.stdin.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._last_word(b"")
        if self.loading and self.loading.stderr:
            self.loading.wait()
            self.loading.stderr.close()


def stream(command: Sequence[str], root: Path, env: dict[str, str]) -> tuple[int, str]:
    """Run a command; what Child.stream gives."""
    return Child(command, root, env).stream()


def _to_its_end(process: "subprocess.Popen[bytes]") -> tuple[int, str]:
    assert process.stderr  # noqa: S101 - it is a pipe
    kept = bytearray()
    reader = threading.Thread(
        target=_pass_on, args=(process.stderr.fileno(), kept), daemon=True
    )
    reader.start()
    code = process.wait()
    # a grandchild may hold the pipe open: then the thread goes with this process
    reader.join(timeout=5)
    if not reader.is_alive():
        process.stderr.close()
    return code, kept.decode("utf-8", errors="replace")


def _pass_on(handle: int, kept: bytearray) -> None:
    """Copy a pipe to stderr until it ends, the last of it into `kept`.

    It goes on reading if stderr is gone.
    """
    while block := os.read(handle, 65536):
        kept += block
        del kept[:-TAIL]
        try:
            os.write(2, block)
        except OSError:
            continue
