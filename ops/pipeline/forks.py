"""Stages begun as copies of a process that has loaded what they import (fork_server.py).

Only where that is safe and pays: on Linux, with two cores. Elsewhere, and if anything is odd, a
stage is a program of its own.
"""

import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from multiprocessing.connection import wait
from pathlib import Path
from typing import IO, Any

from ops.pipeline import beside
from ops.pipeline.fork_server import ANSWER, NO_INTERRUPT
from recsys.program import machine_room, waiting

SERVER = ("python", "-m", "ops.pipeline.fork_server")
# a command in which a shell, by which DVC runs it, finds nothing to do
PLAIN = re.compile(r"[\w./:=@%+,\- \t]+", re.ASCII)
# asked when this is loaded: DVC itself ignores Ctrl-C while a command runs
IGNORES_INTERRUPT = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
GONE = 70  # exit code of a stage of which nothing is known any more


@cache
def is_possible() -> bool:
    """Whether this machine can, and it pays."""
    if sys.platform != "linux" or machine_room.cores() < 2:
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:  # an old kernel, or a sandbox without it
        return False
    return True


class Fork:
    """A stage that runs as a copy; as much of subprocess.Popen as is asked of it."""

    def __init__(self, pid: int, told: int, pipes: Sequence[IO[bytes]]) -> None:
        self.pid = pid
        self.stdin, self.stdout, self.stderr = pipes
        self.returncode: int | None = None
        self._told = told
        try:
            self._handle: int | None = os.pidfd_open(pid)
        except OSError:  # it is over
            self._handle = None
        self._lock = threading.Lock()

    def poll(self) -> int | None:
        """Its exit code; None as long as it runs."""
        with self._lock:
            if self.returncode is None and wait([self._told], 0):
                answer = _answer(self._told)
                os.close(self._told)
                self._let_go(kill=answer is None)
                self.returncode = GONE if answer is None else answer
            return self.returncode

    def _let_go(self, kill: bool) -> None:
        """Close its handle; `kill` it first, if its server is gone, which would have waited for
        it.
        """
        if self._handle is None:
            return
        with suppress(ProcessLookupError):
            if kill:
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        os.close(self._handle)
        self._handle = None

    def wait(self) -> int:
        """Its exit code, when it is over."""
        while (code := self.poll()) is None:
            with suppress(OSError, ValueError):  # another thread has read it
                wait([self._told], 0.5)
        return code


class ForkServer:
    """The process that loads; OSError if it cannot be started. `folder` is the house."""

    def __init__(self, folder: Any, environment: Mapping[str, str]) -> None:
        self.environment = {**environment}
        self.environment.pop(waiting.VARIABLE, None)  # that is for DVC
        self.folder = folder
        self.messages, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        handle = theirs.fileno()
        try:
            self.process = subprocess.Popen(
                [*SERVER, str(handle), *[NO_INTERRUPT] * IGNORES_INTERRUPT],
                cwd=folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[handle],
            )
        except OSError:
            self.messages.close()
            raise
        finally:
            theirs.close()

    def load(self, command: object) -> None:
        """Let it import what a stage's command needs; nothing if that is no plain module."""
        if module := plain_module(command):
            with suppress(OSError):  # it is gone: stages are programs then
                self.messages.send(json.dumps({"load": module}).encode())

    def begin(
        self, command: object, given: Mapping[str, Any], waits: bool = False
    ) -> Fork | None:
        """Begin a stage, with these arguments of subprocess.Popen; if it `waits`, it loads what it
        needs and begins when it is told GO. None if it is no plain module of the house, or the
        server cannot.
        """
        module, environment = plain_module(command), given["env"]
        folder = Path(given["cwd"] or self.folder)
        if not module or folder.resolve() != Path(self.folder).resolve():
            return None
        if self.environment.keys() - environment.keys():
            return None
        asked = {
            "run": module,
            "arguments": str(command).split()[3:],
            "environment": dict(environment.items() - self.environment.items()),
            "folder": str(folder),
            "waits": waits,
        }
        reads, writes = zip(*(os.pipe() for _ in range(4)), strict=True)
        theirs, ours = [reads[0], *writes[1:]], [writes[0], *reads[1:]]
        with suppress(OSError):  # the server is gone: there is no answer
            socket.send_fds(self.messages, [json.dumps(asked).encode()], theirs)
        for handle in theirs:
            os.close(handle)
        pid = _answer(ours[-1])
        if not pid:
            for handle in ours:
                os.close(handle)
            return None
        modes = ("wb", "rb", "rb")
        pipes = [
            os.fdopen(one, mode, 0) for one, mode in zip(ours[:-1], modes, strict=True)
        ]
        if not waits:
            pipes[0].close()
        return Fork(pid, ours[-1], pipes)

    def close(self) -> None:
        """Nothing more is asked of it."""
        self.messages.close()
        self.process.terminate()
        self.process.wait()


def plain_module(command: object) -> str:
    """The module of stages that a command runs; "" if a shell has something to do in it."""
    text = str(command)
    return beside.module_of(text) if PLAIN.fullmatch(text) else ""


def _answer(told: int) -> int | None:
    """The number that comes through a handle; None if it ends without."""
    try:
        return int(ANSWER.unpack(os.read(told, ANSWER.size))[0])
    except (OSError, struct.error):
        return None
