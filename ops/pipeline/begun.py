"""A command that was begun before its turn: what it says is kept until then."""

import errno
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

from ops import processes
from ops.pipeline.forks import Fork
from recsys.program import waiting

LOOK_S = 0.02  # how often it is looked whether it has ended
BLOCK = 1 << 20  # more than a pipe holds
PIPES: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}


@dataclass
class Begun:
    """A command that runs ahead. What it says stays in its pipes until its turn: one that says more
    than they hold waits there.
    """

    process: "subprocess.Popen[bytes] | Fork"  # stdout and stderr are pipes
    began: float = field(default_factory=time.monotonic)
    ended: float | None = None

    def __post_init__(self) -> None:
        try:
            Thread(target=self._note_its_end, daemon=True).start()
        except RuntimeError:  # no room for a thread
            self.end()
            raise OSError(errno.EAGAIN, "no room for another thread") from None

    def _note_its_end(self) -> None:
        self.process.wait()
        self.ended = time.monotonic()

    def seconds(self) -> float:
        """How long it has run so far."""
        return (self.ended or time.monotonic()) - self.began

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def go(self) -> None:
        """Tell a program that waits to begin."""
        self.began = time.monotonic()
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
        one = self.process
        for handle in (one.stdin, one.stdout, one.stderr):
            if handle is not None:
                with suppress(OSError):  # a pipe that nobody reads
                    handle.close()

    def show_to_the_end(self) -> int:
        """Its exit code, when all that it says is passed on."""
        sys.stdout.flush()
        said = selectors.DefaultSelector()
        for number, pipe in ((1, self.process.stdout), (2, self.process.stderr)):
            assert pipe is not None  # noqa: S101 - as it was begun
            said.register(pipe, selectors.EVENT_READ, number)
        with no_interrupt(), said:
            is_over = False
            while said.get_map() and not is_over:
                is_over = not self.is_running  # what it has said is in the pipes now
                for key, _ in said.select(0 if is_over else LOOK_S):
                    if not _pass_on(key.fd, key.data):
                        said.unregister(key.fileobj)
            return self.process.wait()


def running_one(command: list[str], given: dict[str, Any]) -> Begun:
    """A command that runs at once; `given` are arguments of subprocess.Popen."""
    one = subprocess.Popen(command, stdin=subprocess.DEVNULL, **given, **PIPES)
    return Begun(one)


def _pass_on(pipe: int, to: int) -> bool:
    """Pass on what there is; whether there may be more."""
    block = os.read(pipe, BLOCK)
    left = memoryview(block)
    with suppress(OSError):  # nobody reads it
        while left:
            left = left[os.write(to, left) :]
    return bool(block)


@contextmanager
def no_interrupt() -> Iterator[None]:
    """Leave Ctrl-C to the command, as DVC does."""
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)
