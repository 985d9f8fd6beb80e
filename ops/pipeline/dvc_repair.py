"""Mends what a killed `dvc repro` leaves in DVC's own files."""

import os
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from ops.pipeline import checked_params, dvc_lock, progress
from recsys.files import atomic
from recsys.program.errors import DataError

# DVC's and dvc-objects' own temp files
TEMP_NAME = re.compile(r"\.[A-Za-z0-9_-]{20,24}\.tmp")
DVC = {"dvc", "ops.pipeline.dvc_quietly"}
BEFORE = "dvc.lock.before"  # a copy of the last one that was whole
NOT_DVCS = {".git", ".venv", "mlruns", "state", "releases"}
OWN = (progress.FILE, checked_params.FILE, BEFORE)  # in the folder state
Say = Callable[[str], None]


def mend_rwlock(root: Path) -> Iterable[str]:
    """Remove DVC's table of locks, unless a living dvc of this project is in it; what was done.

    A kill leaves it cut short, or with ids of processes that are gone: such an id may live again,
    and DVC would wait for whoever has it now.
    """
    file = root / ".dvc" / "tmp" / "rwlock"
    if file.is_dir() and not file.is_symlink():
        shutil.rmtree(file)
        yield f"{file} was a folder; removed"
        return
    if not file.is_file():
        return
    pids = holders(file)
    if pids is None:
        file.unlink()
        yield f"{file} was cut short, or is not what DVC writes; removed"
    elif pids and not any(is_dvc(pid, root) for pid in pids):
        file.unlink()
        yield f"{file} names processes that are no dvc of this project; removed"


def holders(file: Path) -> set[int] | None:
    """The processes that DVC's table of locks names; None if it is not such a table."""
    try:
        table = atomic.read_json(file)
        written, read = table.get("write", {}), table.get("read", {})
        infos = [
            *written.values(),
            *(info for infos in read.values() for info in infos),
        ]
        known = {info["pid"] for info in infos if isinstance(info["cmd"], str)}
    except (DataError, AttributeError, KeyError, TypeError):
        return None
    is_table = set(table) <= {"write", "read"} and len(infos) >= len(known)
    return known if is_table and all(type(pid) is int for pid in known) else None


def is_dvc(pid: int, root: Path) -> bool:
    """Whether the process is a dvc that works in this project."""
    import psutil  # here: only a table that names somebody pays for it

    try:
        process = psutil.Process(pid)
        if not DVC & {Path(part).name for part in process.cmdline()}:
            return False
        return Path(process.cwd()).resolve().is_relative_to(root.resolve())
    except psutil.AccessDenied:  # a dvc of another user: DVC's own answer counts
        return True
    except (psutil.Error, OSError, ValueError, OverflowError):
        return False


def mend_run_cache(root: Path) -> Iterable[str]:
    """Remove empty entries of DVC's run cache; what was done."""
    for file in sorted((root / ".dvc" / "cache" / "runs").rglob("*")):
        if file.is_file() and not file.stat().st_size:
            file.unlink()
            yield f"{file} was empty; removed"


def sweep_temp_files(root: Path) -> Iterable[str]:
    """Remove DVC's temp files, in its cache and beside outs; what was done."""
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in NOT_DVCS]
        for name in files:
            if TEMP_NAME.fullmatch(name):
                (Path(folder) / name).unlink()
                yield f"{Path(folder) / name} was left by a killed run; removed"


def sweep_half_written(root: Path, state: Path) -> Iterable[str]:
    """Remove what a killed repro has not finished writing of its own files. Most are written by the
    next one anyway, but not by one that finds nothing to do.
    """
    for path in (root / "dvc.lock", *(state / name for name in OWN)):
        half = atomic.half_written(path)
        if half.is_file():
            half.unlink()
            yield f"{half} was left by a killed run; removed"


def mend(root: Path, state: Path, killed: bool, say: Say) -> None:
    """Mend what a kill can break; only under the lock, and with no process of the killed repro
    left.
    """
    copy = state / BEFORE
    steps = [dvc_lock.mend(root, copy), mend_rwlock(root), mend_run_cache(root)]
    if killed:
        steps += [sweep_temp_files(root), sweep_half_written(root, state)]
    for step in steps:
        for line in step:
            say(f"repair: {line}")
    dvc_lock.keep(root, copy)
