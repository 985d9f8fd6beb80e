"""A command that was begun before its turn: what it says is kept until then."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO

from ops import processes
from recsys.program import waiting

LOOK_S = 0.02  # how often what it says is passed on


@dataclass
class Begun:
    """A command that runs ahead, and what it says on stdout and stderr."""

    process: "subprocess.Popen[bytes]"
    said: tuple[IO[bytes], IO[bytes]]
    shown: list[int] = field(default_factory=lambda: [0, 0])

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def go(self) -> None:
        """Tell a program that waits to begin."""
        assert self.process.stdin  # noqa: S101 - it is a pipe
        with suppress(OSError):  # it is gone: its exit code says why
            self.process.stdin.write(waiting.GO)
            self.process.stdin.close()

    def end(self) -> None:
        """End it, with all that it has started."""
        if self.is_running:
            import psutil

            with suppress(psutil.NoSuchProcess):
                first = psutil.Process(self.process.pid)
                tree = [first, *first.children(recursive=True)]
                processes.end_processes(tree)
        self.process.wait()
        self.close()

    def close(self) -> None:
        """Nothing more is asked of it."""
        for handle in (*self.said, self.process.stdin):
            if handle is not None:
                with suppress(OSError):  # a pipe that nobody reads
                    handle.close()

    def show(self) -> None:
        """Pass on what is new."""
        for number, handle in enumerate(self.said):
            while block := os.pread(handle.fileno(), 65536, self.shown[number]):
                self.shown[number] += len(block)
                with suppress(OSError):  # nobody reads it
                    os.write(number + 1, block)

    def show_to_the_end(self) -> int:
        """Its exit code, when all that it says is passed on."""
        sys.stdout.flush()
        code = None
        with no_interrupt():
            while code is None:
                with suppress(subprocess.TimeoutExpired):
                    code = self.process.wait(LOOK_S)
                self.show()
        return code


@contextmanager
def no_interrupt() -> Iterator[None]:
    """Leave Ctrl-C to the command, as DVC does."""
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)
