"""The stage that a repro most likely runs first, found without DVC: its program loads while DVC
itself does.

reads   dvc.yaml; of its deps and outs, and of dvc.lock, when they were changed

It is a guess, and costs half a second of the other core where it is wrong: DVC decides what runs,
and ends the program of a stage that need not run (ops/pipeline/ahead.py).
"""

import os
import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ops.pipeline import begun, beside, graph
from ops.pipeline.begun import Begun
from recsys.program import machine_room
from recsys.program.errors import UserError

LOCK = "dvc.lock"
# a command in which a shell, by which DVC runs it, finds nothing to do
PLAIN = re.compile(r"[\w./:=@%+,\-\s]+", re.ASCII)


class Foreseen(NamedTuple):
    """A stage, and its program, which waits for the word."""

    name: str
    command: str
    program: Begun


def begin(
    root: Path, targets: Sequence[str], may_load: Collection[str]
) -> Foreseen | None:
    """Start the program of the stage that comes first, if it is one of the modules that `may_load`
    and there is room for it.
    """
    if machine_room.cores() < 2 or not beside.has_room():
        return None
    stage = first(root, targets)
    if (
        stage is None
        or beside.module_of(stage.command) not in may_load
        or not PLAIN.fullmatch(stage.command)
    ):
        return None
    env = os.environ | {"DVC_ROOT": str(root.absolute()), "DVC_STAGE": stage.name}
    given = {"cwd": root.absolute(), "env": env}
    try:
        program = begun.waiting_one(stage.command.split(), given)
    except OSError:  # no room for another process
        return None
    return Foreseen(stage.name, stage.command, program)


def first(root: Path, targets: Sequence[str]) -> graph.Stage | None:
    """The first stage, of those that the targets need, that lacks an out, or one of whose deps has
    changed since dvc.lock was written; None if there is none.
    """
    try:
        stages = graph.read(root)
        needed = set(stages.needed(targets))
        written = (root / LOCK).stat().st_ctime_ns if (root / LOCK).exists() else 0
    except (UserError, OSError):  # DVC says it
        return None

    @cache
    def changed(path: str) -> int:
        return max(_changes(root / path), default=0)

    for stage in stages.stages:
        if stage.name in needed and (
            not all((root / out).exists() for out in stage.outs)
            or any(changed(dep) > written for dep in stage.deps)
        ):
            return stage
    return None


def _changes(path: Path) -> Iterator[int]:
    """When a file, or each one in a folder, was changed or moved there, ns since 1970; bytecode is
    left out.
    """
    if not path.is_dir():
        yield _changed(path)
    for folder, folders, files in os.walk(path):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in files:
            yield _changed(Path(folder, name))


def _changed(path: Path) -> int:
    try:
        return path.stat().st_ctime_ns
    except OSError:  # gone meanwhile
        return 0
