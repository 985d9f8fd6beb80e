"""Stages begun as copies of a process that has loaded what they import (fork_server.py).

Only where that is safe and pays: on Linux, with two cores. Elsewhere, and if anything is odd, a
stage is a program of its own.
"""

import json
import os
import re
import select
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping, MutableMapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from ops.pipeline import beside
from ops.pipeline.fork_server import ANSWER, NO_PID
from recsys.program import machine_room, waiting

VARIABLE = "SHOP_FORK_SERVER"  # a handle of the socket, for a child
SERVER = ("python", "-m", "ops.pipeline.fork_server")
# a command in which a shell, by which DVC runs it, finds nothing to do
PLAIN = re.compile(r"[\w./:=@%+,\-\s]+", re.ASCII)
GONE = 70  # exit code of a stage of which nothing is known any more


def is_possible() -> bool:
    """Whether this machine can, and it pays."""
    return (
        sys.platform == "linux"
        and hasattr(os, "pidfd_open")
        and machine_room.cores() > 1
    )


class Fork:
    """A stage that runs as a copy; as much of subprocess.Popen as is asked of it."""

    def __init__(self, pid: int, told: int, pipes: Sequence[IO[bytes]]) -> None:
        self.pid = pid
        self.stdin, self.stdout, self.stderr = pipes
        self.returncode: int | None = None
        self._told = told
        self._lock = threading.Lock()

    def poll(self) -> int | None:
        """Its exit code; None as long as it runs."""
        with self._lock:
            if self.returncode is None and select.select([self._told], [], [], 0)[0]:
                self.returncode = _answer(self._told, GONE)
                os.close(self._told)
            return self.returncode

    def wait(self) -> int:
        """Its exit code, when it is over."""
        while (code := self.poll()) is None:
            with suppress(OSError, ValueError):  # another thread has read it
                select.select([self._told], [], [], 0.5)
        return code


class ForkServer:
    """The process that loads, in the `folder` of the house with this `environment`. Whoever has
    not started it but was given its socket has no `process`.
    """

    def __init__(
        self,
        messages: socket.socket,
        folder: Path,
        environment: Mapping[str, str],
        process: "subprocess.Popen[bytes] | None" = None,
    ) -> None:
        self.messages, self.folder, self.process = messages, folder, process
        self.environment = {**environment}
        self.environment.pop(waiting.VARIABLE, None)  # that is for DVC

    @classmethod
    def started(cls, folder: Path, environment: Mapping[str, str]) -> "ForkServer":
        """A new one. OSError if it cannot be started."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        server = cls(ours, folder, environment)
        handle = theirs.fileno()
        try:
            server.process = subprocess.Popen(
                [*SERVER, str(handle)],
                cwd=folder,
                env=server.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[handle],
            )
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        return server

    @classmethod
    def given(
        cls, folder: Path, environ: MutableMapping[str, str]
    ) -> "ForkServer | None":
        """The one that another process has started and let this one have; None if there is none."""
        handle = environ.pop(VARIABLE, None)
        if handle is None:
            return None
        return cls(socket.socket(fileno=int(handle)), folder, environ)

    def variable(self) -> dict[str, str]:
        """What lets another process have it that is `given` its handle."""
        return {VARIABLE: str(self.messages.fileno())}

    def load(self, command: object) -> None:
        """Let it import what a stage's command needs; nothing if that is no plain module."""
        if module := plain_module(command):
            with suppress(OSError):  # it is gone: stages are programs then
                self.messages.send(json.dumps({"load": module}).encode())

    def begin(
        self, command: object, given: Mapping[str, Any], waits: bool = False
    ) -> Fork | None:
        """Begin a stage, with these arguments of subprocess.Popen; if it `waits`, it loads what it
        needs and begins when it is told GO. None if it is no plain module, or the server cannot.
        """
        module, environment = plain_module(command), given["env"]
        if not module or self.environment.keys() - environment.keys():
            return None
        asked = {
            "run": module,
            "arguments": str(command).split()[3:],
            "environment": dict(environment.items() - self.environment.items()),
            "folder": str(given["cwd"] or self.folder),
            "waits": waits,
        }
        reads, writes = zip(*(os.pipe() for _ in range(4)), strict=True)
        theirs, ours = [reads[0], *writes[1:]], [writes[0], *reads[1:]]
        with suppress(OSError):  # the server is gone: there is no answer
            socket.send_fds(self.messages, [json.dumps(asked).encode()], theirs)
        for handle in theirs:
            os.close(handle)
        pid = _answer(ours[-1], NO_PID)
        if pid == NO_PID:
            for handle in ours:
                os.close(handle)
            return None
        modes = ("wb", "rb", "rb")
        pipes = [
            os.fdopen(one, mode, 0) for one, mode in zip(ours, modes, strict=False)
        ]
        if not waits:
            pipes[0].close()
        return Fork(pid, ours[-1], pipes)

    def close(self) -> None:
        """Nothing more is asked of it here; it ends, if it was started here."""
        self.messages.close()
        if self.process is not None:
            self.process.terminate()
            self.process.wait()


def plain_module(command: object) -> str:
    """The module of stages that a command runs; "" if a shell has something to do in it."""
    text = str(command)
    return beside.module_of(text) if PLAIN.fullmatch(text) else ""


def _answer(told: int, otherwise: int) -> int:
    """The number that comes through a handle; another one if it ends without."""
    try:
        return int(ANSWER.unpack(os.read(told, ANSWER.size))[0])
    except (OSError, struct.error):
        return otherwise
