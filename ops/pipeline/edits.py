"""What a stage reads, and somebody changes while it runs: it runs again.

DVC looks at what a stage reads when its command is over. A file that was edited meanwhile would be
recorded as what the outs are made of, and the next repro would find nothing to do. So each file is
looked at before the command and after it: its time, size and number, of params.yaml the values. A
stage that has begun before its turn (ops/pipeline/ahead.py) has read its files then.

What merge takes drops from and seals them into it changes itself. A drop that came while it ran, or
is not taken whole yet, is looked for when the next repro comes to the stage: DVC sees no change.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from ops.pipeline.dep_files import files_of
from recsys.intake import left_over
from recsys.program.errors import DataError

RUNS = 3  # of a command whose files change while it runs
BATCHES, STAGING = "data/batches", "data/staging"
TAKES_FROM = frozenset({BATCHES, STAGING})
REFERENCE = "data/reference/"  # the first run of drift makes what stands in it
MADE = f"{REFERENCE}reference.json"

Call = Callable[..., Any]


class Seen(NamedTuple):
    """What a stage reads, as it was at one time."""

    files: dict[str, tuple[int, ...]]  # ns since 1970, bytes and inode of each
    params: dict[str, Any]  # by file and key


class Edits:
    """What the stages of one repro have read."""

    def __init__(self) -> None:
        self.seen: dict[str, Seen] = {}  # by the addresses of stages

    def look(self, stage: Any) -> None:
        """Keep how the files are that a stage reads, which is about to begin."""
        self.seen[stage.addressing] = read_by(stage)

    def commanding(self, own: Call, run: Any) -> Call:
        """DVC's way to run the command of a stage, again where what it has read has changed; `run`
        is DVC's module dvc.stage.run.
        """

        def cmd_run(stage: Any, dry: bool = False, run_env: Any = None) -> None:
            changed = [""]
            for left in reversed(range(RUNS)):
                if stage.addressing not in self.seen:
                    self.look(stage)
                own(stage, dry=dry, run_env=run_env)
                changed = changes(self.seen.pop(stage.addressing), read_by(stage))
                if not changed:
                    return
                if left:
                    run.logger.warning(
                        f"{stage.addressing}: {changed[0]} has changed while it ran: it runs again"
                    )
            run.logger.error(
                f"{stage.addressing}: {changed[0]} has changed in each of {RUNS} runs; "
                "let it stand still, and run again"
            )
            raise run.StageCmdFailedError(stage.cmd, DataError.exit_code)

        return cmd_run

    @staticmethod
    def reproducing(own: Call) -> Call:
        """DVC's way to a stage, which runs in any case where drops wait for it."""

        def reproduce(stage: Any, *given: Any, **named: Any) -> Any:
            if any(map(_has_left, stage.deps)):
                named["force"] = True
            return own(stage, *given, **named)

        return reproduce


def read_by(stage: Any) -> Seen:
    """What a stage reads as it is now, without bytecode and what it takes from."""
    from dvc.exceptions import DvcException

    files: dict[str, tuple[int, ...]] = {}
    params: dict[str, Any] = {}
    for dep in stage.deps:
        if hasattr(dep, "read_params"):
            try:
                values = dep.read_params()
            except DvcException:  # DVC says it
                values = {"": None}
            params |= {f"{dep} {key}".strip(): values[key] for key in values}
        elif str(dep) not in TAKES_FROM:
            files |= _files(Path(dep.fs_path))
    return Seen(files, params)


def changes(before: Seen, after: Seen) -> list[str]:
    """The files and params that are not as they were, came or went, in order; without the reference
    of drift where there was none.
    """
    one: dict[str, Any] = {**before.files, **before.params}
    other: dict[str, Any] = {**after.files, **after.params}
    return sorted(
        name
        for name in one.keys() | other.keys()
        if (name in one, one.get(name)) != (name in other, other.get(name))
        and (MADE in one or not name.startswith(REFERENCE))
    )


def _files(dep: Path) -> dict[str, tuple[int, ...]]:
    """The state of a file, or of each one in a folder, by its path from here."""
    found: dict[str, tuple[int, ...]] = {}
    for path in files_of(dep):
        with suppress(OSError):  # gone meanwhile
            stat = path.stat()
            state = stat.st_mtime_ns, stat.st_size, stat.st_ino
            found[os.path.relpath(path)] = state
    return found


def _has_left(dep: Any) -> bool:
    return str(dep) == STAGING and left_over.is_any(Path(dep.fs_path))


def mind(edits: Edits) -> None:
    """Let DVC's `repro` run a stage again whose files have changed meanwhile. A DVC that is
    otherwise inside does not.
    """
    try:
        import dvc.stage.run as run
        from dvc.stage import Stage

        reproduce, cmd_run = Stage.reproduce, edits.commanding(run.cmd_run, run)
    except (ImportError, AttributeError):
        return
    Stage.reproduce = edits.reproducing(reproduce)
    run.cmd_run = cmd_run
