"""A process that has loaded what stages import; a stage is a copy of it (fork), and loads nothing.

usage   python -m ops.pipeline.fork_server HANDLE [--no-interrupt]
reads   HANDLE  a socket; a message is a JSON object:
            {"load": MODULE}    import a module and do what its `load_ahead` does, when nobody asks
                                for anything else
            {"run": MODULE, "arguments": [...], "environment": {...}, "folder": PATH, "waits": BOOL}
                                run it as `python -m MODULE` would, in a copy; if it `waits`, the
                                copy does what the module's `load_ahead` does, and waits for the
                                word (recsys/program/waiting.py). With the message come handles for
                                its stdin, stdout and stderr, and one that is told (ANSWER) its pid,
                                by itself, or 0 (run it without this server), and at the end its
                                exit code
        if HANDLE ends, so does the server; Ctrl-C ends its copies only, and with --no-interrupt
        not these either, as with what `nohup` and `&` begin

A third of what a small shop's stages take is Python and what they import, most of it the same. The
server itself only imports: it has no thread of its own, opens nothing and computes nothing, so that
a copy is what a fresh program would be. If a module cannot be imported, or a file of the house has
changed since it was, the stage is run without the server, and says what is wrong itself.
"""

import gc
import importlib
import io
import json
import os
import runpy
import signal
import socket
import struct
import sys
import time
from contextlib import suppress
from multiprocessing.connection import wait
from pathlib import Path
from typing import IO, Any, NamedTuple

from recsys.program import waiting

ANSWER = struct.Struct("=i")
LARGEST = 1 << 20  # bytes of a message
NO_PID = 0
HANDLES = 4
NO_INTERRUPT = "--no-interrupt"
COMM = Path("/proc/self/comm")  # its name in ps and top


class Copy(NamedTuple):
    """What a copy of this process is to run."""

    module: str
    arguments: list[str]


class Server:
    """The loop of the server, which began at `since`, seconds since 1970."""

    def __init__(self, messages: socket.socket, since: float) -> None:
        self.messages, self.since = messages, since
        self.queue: list[str] = []  # modules to load
        self.loaded: dict[str, bool] = {}  # whether it could be
        self.copies: dict[int, tuple[int, int]] = {}  # by pidfd: pid, who is told

    def serve(self) -> Copy | None:
        """Answer until nobody asks any more; in a copy, what it is to run."""
        asks = self.messages.fileno()
        while True:
            patience = 0 if self.queue else None
            ready = wait([asks, *self.copies], patience)
            for handle in [handle for handle in self.copies if handle in ready]:
                self._tell_end(handle)
            if asks not in ready:
                self._load_one()
                continue
            text, handles, _, _ = socket.recv_fds(self.messages, LARGEST, HANDLES)
            for handle in handles:
                os.set_inheritable(handle, False)
            if not text:
                return None
            asked = json.loads(text)
            if "load" in asked:
                self.queue.append(asked["load"])
            elif (copy := self.run(asked, handles)) is not None:
                return copy

    def _load_one(self) -> None:
        if self.queue:
            self.load(self.queue.pop(0))

    def load(self, name: str, ahead: bool = True) -> bool:
        """Import a module, and what it needs later if it is to be `ahead`; whether it could be."""
        if name not in self.loaded:
            try:
                module = importlib.import_module(name)
                if ahead:
                    getattr(module, "load_ahead", tuple)()
                self.loaded[name] = True
            except BaseException:  # noqa: BLE001 - whatever a module does; its own run says it
                self.loaded[name] = False
            gc.freeze()  # what is there is not looked over in each copy, and stays shared
        return self.loaded[name]

    def run(self, asked: dict[str, Any], handles: list[int]) -> Copy | None:
        """Begin a copy; in the copy, what it is to run."""
        told = handles[-1]
        while asked["waits"] and self.queue:
            self._load_one()  # what it shares with the others
        pid: int | None = None
        if self.load(asked["run"], not asked["waits"]) and not self._is_outdated():
            with suppress(OSError):  # no room for another process
                pid = os.fork()
            if pid == 0:
                return self._as_copy(asked, handles)
        if pid:
            self.copies[os.pidfd_open(pid)] = pid, told
        else:
            _tell(told, NO_PID)
            os.close(told)
        for handle in handles[:-1]:
            os.close(handle)
        return None

    def _as_copy(self, asked: dict[str, Any], handles: list[int]) -> Copy:
        self.messages.close()
        for handle, (_, told) in self.copies.items():
            os.close(handle)
            os.close(told)
        _tell(handles[-1], os.getpid())  # itself: the server may be killed just now
        for number, handle in enumerate(handles[:-1]):
            os.dup2(handle, number)
        for handle in handles:
            os.close(handle)
        sys.stdin = _stream(0, "r", sys.stdin)
        sys.stdout, sys.stderr = (
            _stream(1, "w", sys.stdout),
            _stream(2, "w", sys.stderr),
        )
        if NO_INTERRUPT not in sys.argv:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        os.environ.update(asked["environment"])
        if asked["waits"]:
            os.environ[waiting.VARIABLE] = str(self.since)
        os.chdir(asked["folder"])
        return Copy(asked["run"], asked["arguments"])

    def _tell_end(self, handle: int) -> None:
        pid, told = self.copies.pop(handle)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.close(handle)
        _tell(told, code)
        os.close(told)

    def _is_outdated(self) -> bool:
        return any(changed >= self.since for changed in waiting.changes())


def _tell(told: int, number: int) -> None:
    with suppress(OSError):  # who asked is gone
        os.write(told, ANSWER.pack(number))


def _stream(number: int, mode: str, former: Any) -> IO[Any]:
    """A stream anew: Python has found out at its start what kind of file stands behind it."""
    is_raw = mode == "w" and former.write_through
    return io.TextIOWrapper(
        open(number, f"{mode}b", 0 if is_raw else -1, closefd=False),
        encoding=former.encoding,
        errors=former.errors,
        line_buffering=not is_raw,
        write_through=is_raw,
    )


def become(copy: Copy) -> None:
    """Run its module as `python -m` would, when it is told to if it waits."""
    with suppress(OSError):
        COMM.write_text(copy.module.rpartition(".")[2], encoding="utf-8")
    sys.argv[1:] = copy.arguments
    sys.orig_argv[1:] = ["-m", copy.module, *copy.arguments]
    module = sys.modules.pop(copy.module)

    def load() -> None:
        with suppress(Exception):  # whoever needs it says what is wrong with it
            getattr(module, "load_ahead", tuple)()

    waiting.until_told(load)
    runpy.run_module(copy.module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the copies
    messages = socket.socket(fileno=int(sys.argv[1]))
    messages.set_inheritable(False)
    copy = Server(messages, time.time()).serve()
    if copy is not None:
        become(copy)
