"""The stage that a repro most likely runs first, found without DVC: what it imports is loaded while
DVC itself is.

reads   dvc.yaml; of its deps and outs, and of dvc.lock, when they were changed

It is a guess, and costs half a second of the other core where it is wrong: DVC decides what runs.
"""

import os
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path

from ops.pipeline import beside, forks, graph
from ops.pipeline.dep_files import files_of
from ops.pipeline.forks import ForkServer
from recsys.program.errors import UserError

LOCK = "dvc.lock"


def begin(
    root: Path, targets: Sequence[str], may_load: Collection[str]
) -> ForkServer | None:
    """A server that loads what the stage that comes first imports, if that is one of the modules
    that `may_load`, and there is room for it.
    """
    if not forks.is_possible() or not beside.has_room():
        return None
    stage = first(root, targets)
    if stage is None or forks.plain_module(stage.command) not in may_load:
        return None
    try:
        server = ForkServer(root.absolute(), os.environ)
    except OSError:  # no room for another process
        return None
    server.load(stage.command)
    return server


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
        return max(map(_changed, files_of(root / path)), default=0)

    for stage in stages.stages:
        if stage.name in needed and (
            not all((root / out).exists() for out in stage.outs)
            or any(changed(dep) > written for dep in stage.deps)
        ):
            return stage
    return None


def _changed(path: Path) -> int:
    """When it was changed or moved there, ns since 1970."""
    try:
        return path.stat().st_ctime_ns
    except OSError:  # gone meanwhile
        return 0
