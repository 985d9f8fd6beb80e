"""Which stage may run beside another: what its command is, and whether there is memory for it."""

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
    """Whether a stage may run beside another."""
    is_plain = isinstance(stage.cmd, str) and not stage.frozen
    replaces = bool(stage.outs) and all(out.persist for out in stage.outs)
    read = [Path(dep.fs_path) for dep in stage.deps]
    is_there = all(path.exists() for path in read)
    size = sum(path.stat().st_size for path in read if path.is_file())  # folders: code
    return is_plain and replaces and is_there and has_room(size)


def has_room(size: int) -> bool:
    """Whether there is memory for a stage that reads so many bytes."""
    free = machine_room.free_bytes()
    return free is None or free >= LEAST_BYTES + TIMES * size
