"""Run an intake, a merge or a compaction that fails at its n-th change of the file system.

A server process imports everything once; each run is a fork of it, so that hundreds of runs take
seconds. What changes files is counted: opening for writing, each write, fsync, rename, unlink,
mkdir, rmdir, truncate. An fsync is counted, but not waited for: no power is cut here.

    kill    SIGKILL before the n-th change; a write is cut in half first
    full    the disk is full from the n-th change on: what would need space raises ENOSPC, after
            half of a write
"""

import builtins
import errno
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.house.imports import ROOT

NOW = datetime(2026, 1, 2, tzinfo=UTC)

# What a full disk still does.
WITHOUT_SPACE = {"unlink", "remove", "rmdir", "rename", "replace", "ftruncate"}


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    code: int  # the exit code, or minus the signal that ended it
    changes: int  # that it made or tried


class Faults:
    """The server, seen from the tests."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def run(
        self,
        action: str,
        folder: Path,
        fault: str = "",
        at: int = 0,
        *,
        in_place: bool = False,
    ) -> Outcome:
        """Run merge, take or compact on the shop in `folder`.

        `in_place` plants a bug: files are not written aside.
        """
        assert self.process.stdin and self.process.stdout
        order = {
            "action": action,
            "folder": str(folder),
            "fault": fault,
            "at": at,
            "in_place": in_place,
        }
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return Outcome(**json.loads(self.process.stdout.readline()))


@contextmanager
def serve() -> Iterator[Faults]:
    """Start the server, and end it."""
    command = [sys.executable, "-m", "tests.faults"]
    pipe, environment = subprocess.PIPE, os.environ | {"POLARS_MAX_THREADS": "1"}
    with subprocess.Popen(
        command,
        stdin=pipe,
        stdout=pipe,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env=environment,
    ) as process:
        yield Faults(process)
        assert process.stdin
        process.stdin.close()


# ---- inside the fork ----


class Injector:
    """Counts changes, a byte each into a pipe, which outlives this process, and fails at one."""

    def __init__(self, fault: str, at: int, counter: int) -> None:
        self.fault, self.at, self.counter, self.done = fault, at, counter, 0
        self.write = os.write

    def step(self, name: str, half: Callable[[], object] = lambda: None) -> None:
        """One change is about to happen."""
        self.write(self.counter, b".")
        self.done += 1
        if self.fault == "kill" and self.done == self.at:
            half()
            os.kill(os.getpid(), signal.SIGKILL)
        if self.fault == "full" and self.done >= self.at and name not in WITHOUT_SPACE:
            half()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)


REAL = {
    name: getattr(os, name)
    for name in (*WITHOUT_SPACE, "mkdir", "fsync", "open", "write")
}
REAL["fsync"] = lambda _handle: None
REAL_OPEN = io.open


def inject(injector: Injector) -> None:
    """Patch what changes files, in os and in io."""
    for name in (*WITHOUT_SPACE, "mkdir", "fsync"):
        setattr(os, name, _counted(injector, name))

    def os_open(path: Any, flags: int, *arguments: Any, **named: Any) -> int:
        if flags & os.O_ACCMODE != os.O_RDONLY:
            injector.step("open")
        return REAL["open"](path, flags, *arguments, **named)

    def os_write(handle: int, data: bytes) -> int:
        injector.step("write", lambda: REAL["write"](handle, data[: len(data) // 2]))
        return REAL["write"](handle, data)

    os.open, os.write = os_open, os_write
    io.open = builtins.open = _counted_open(injector)


def _counted(injector: Injector, name: str) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        injector.step(name)
        return REAL[name](*arguments, **named)

    return call


def _counted_open(injector: Injector) -> Callable[..., Any]:
    class Raw(io.FileIO):
        def write(self, data: Any) -> int:  # type: ignore[override]
            data = bytes(data)
            injector.step(
                "write", lambda: io.FileIO.write(self, data[: len(data) // 2])
            )
            return super().write(data)

        def truncate(self, size: int | None = None) -> int:
            injector.step("ftruncate")
            return super().truncate(size)

    def open_file(
        file: Any, mode: str = "r", buffering: int = -1, *arguments: Any, **named: Any
    ) -> Any:
        if not set(mode) & set("wax+") or isinstance(file, int):
            return REAL_OPEN(file, mode, buffering, *arguments, **named)
        if not mode.startswith("r"):
            injector.step("open")
        raw = Raw(file, mode.replace("b", "").replace("t", ""))
        buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return (
            buffered if "b" in mode else io.TextIOWrapper(buffered, *arguments, **named)
        )

    return open_file


@contextmanager
def _in_place(path: Path) -> Iterator[Path]:
    """The planted bug: what `atomic` must not do."""
    path.parent.mkdir(parents=True, exist_ok=True)
    yield path


def _act(order: dict[str, Any], counter: int) -> int:
    """Do what is ordered with the fault that is ordered; its exit code."""
    import polars as pl

    from recsys.files import atomic, tables
    from recsys.intake import batches, compaction, drops
    from recsys.program.command_line import exit_code_of
    from stages import merge

    data = Path(order["folder"]) / "data"
    raw, staging, sealed = data / "raw", data / "staging", data / "batches"
    metrics, params = data.parent / "metrics/merge.json", data.parent / "params.yaml"
    if order["in_place"]:
        for module in (atomic, batches, tables):
            module.atomic = _in_place
    injector = Injector(order["fault"], order["at"], counter)
    inject(injector)
    # Rust opens and writes the file where no patch of ours can see it.
    write_parquet = pl.DataFrame.write_parquet

    def parquet(frame: pl.DataFrame, path: Path, **named: Any) -> None:
        injector.step("write", lambda: path.write_bytes(b"PAR1 cut short"))
        write_parquet(frame, path, **named)

    pl.DataFrame.write_parquet = parquet  # type: ignore[method-assign]
    actions: dict[str, Callable[[], Any]] = {
        "merge": lambda: merge.main(
            raw, staging, sealed, data / "merged", metrics, params
        ),
        "take": lambda: drops.take(staging, sealed, NOW, 0.0),
        "compact": lambda: compaction.compact(sealed),
    }

    def act() -> None:
        actions[order["action"]]()

    return exit_code_of(act)


def _fork(order: dict[str, Any]) -> Outcome:
    """Do what is ordered in a fork, whose changes come through a pipe."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        code = 70
        try:
            code = _act(order, writer)
        finally:
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader, "rb") as counted:
        changes = len(counted.read())
    return Outcome(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), changes)


def main() -> None:
    """Serve orders, one a line."""
    import stages.merge  # noqa: F401 - once, for all forks

    for line in sys.stdin:
        print(json.dumps(vars(_fork(json.loads(line)))), flush=True)


if __name__ == "__main__":
    main()
