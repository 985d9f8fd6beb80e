"""Mends what a killed `dvc repro` leaves in DVC's own files."""

import os
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from recsys.files import atomic
from recsys.program.errors import DataError

# DVC's and dvc-objects' own temp files
TEMP_NAME = re.compile(r"\.[A-Za-z0-9_-]{20,24}\.tmp")
NOT_DVCS = {".git", ".venv", "mlruns", "state", "releases"}
Say = Callable[[str], None]


def is_whole(text: str) -> bool:
    """Whether this is what DVC writes in dvc.lock: YAML with a schema."""
    try:
        found = YAML(typ="safe", pure=True).load(text)
    except YAMLError:
        return False
    return isinstance(found, dict) and "schema" in found


def mend_lock_file(root: Path, copy: Path) -> Iterable[str]:
    """Put back the copy of dvc.lock if a kill has cut the file short; what was done."""
    file = root / "dvc.lock"
    text = file.read_text(encoding="utf-8", errors="replace") if file.exists() else None
    if text is None or is_whole(text):
        return
    if text:
        shutil.copyfile(file, copy.with_name("dvc.lock.broken"))
    if copy.exists():
        atomic.write_text(file, copy.read_text(encoding="utf-8"))
        yield "dvc.lock was cut short; the copy from before that run is back"
    else:
        file.unlink()
        yield "dvc.lock was cut short and there is no copy; removed, DVC makes it anew"


def keep_lock_file(root: Path, copy: Path) -> None:
    """Copy dvc.lock as it is before a run; no copy if there is none."""
    file = root / "dvc.lock"
    if file.exists():
        atomic.write_text(copy, file.read_text(encoding="utf-8"))
    else:
        copy.unlink(missing_ok=True)


def mend_rwlock(root: Path) -> Iterable[str]:
    """Remove DVC's table of locks if a kill has cut it short; what was done."""
    file = root / ".dvc" / "tmp" / "rwlock"
    try:
        atomic.read_json(file)
    except DataError:
        if file.exists():
            file.unlink()
            yield f"{file} was cut short; removed"


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


def mend(root: Path, state: Path, killed: bool, say: Say) -> None:
    """Mend what a kill can break; only under the lock, and with no process of the killed repro
    left.
    """
    copy = state / "dvc.lock.before"
    steps = [mend_lock_file(root, copy), mend_rwlock(root), mend_run_cache(root)]
    for step in [*steps, sweep_temp_files(root)] if killed else steps:
        for line in step:
            say(f"repair: {line}")
    keep_lock_file(root, copy)
