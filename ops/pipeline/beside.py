"""Which stage may run beside another: what its command is, whether it has to run, and whether there
is memory for it.
"""

from pathlib import Path
from typing import Any

from recsys.program import machine_room

LEAST_BYTES = 1 << 30
TIMES = 40  # as much memory as its files, which are compressed


def module_of(command: Any) -> str:
    """The module that a command runs with Python; "" if it does something else."""
    words = str(command).split()
    return words[2] if words[:2] == ["python", "-m"] and len(words) > 2 else ""


def fits(stage: Any) -> bool:
    """Whether a stage may run beside another, where there is memory for it."""
    is_one = isinstance(stage.cmd, str) and len(stage.cmd.splitlines()) == 1
    is_plain = is_one and not stage.frozen
    replaces = bool(stage.outs) and all(out.persist for out in stage.outs)
    return is_plain and replaces and all(path.exists() for path in _read_by(stage))


def size(stage: Any) -> int:
    """Bytes of the files that it reads; folders are code."""
    return sum(path.stat().st_size for path in _read_by(stage) if path.is_file())


def _read_by(stage: Any) -> list[Path]:
    return [Path(dep.fs_path) for dep in stage.deps]


def has_room(size: int = 0) -> bool:
    """Whether there is memory for a stage that reads so many bytes now."""
    free = machine_room.free_bytes()
    return free is None or free >= LEAST_BYTES + TIMES * size


def will_run(stage: Any) -> bool:
    """Whether DVC will find that it has to run. What it cannot find out it says in its turn."""
    from dvc.exceptions import DvcException

    try:
        return bool(stage.changed())
    except DvcException:
        return False
