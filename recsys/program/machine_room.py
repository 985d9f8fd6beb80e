"""What this machine has left: cores that this process may use, and memory that it may take."""

import os
from collections.abc import Sequence
from pathlib import Path

MEMINFO = Path("/proc/meminfo")
# the memory that a container may have, and has taken, and what is of that (cgroups v2 and v1)
CGROUPS = tuple(
    (f"/sys/fs/cgroup/{limit}", f"/sys/fs/cgroup/{used}", f"/sys/fs/cgroup/{stat}")
    for limit, used, stat in (
        ("memory.max", "memory.current", "memory.stat"),
        (
            "memory/memory.limit_in_bytes",
            "memory/memory.usage_in_bytes",
            "memory/memory.stat",
        ),
    )
)
# files that nobody reads now, which the system keeps while there is room: of a cgroup and of those
# within (v1), or of all (v2)
UNUSED = ("total_inactive_file", "inactive_file")


def cores() -> int:
    """How many cores may be used."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def free_bytes(
    meminfo: Path = MEMINFO, cgroups: Sequence[tuple[str, str, str]] = CGROUPS
) -> int | None:
    """Memory that can be taken without another one's giving it; None if the system does not say."""
    available = _named(meminfo, "MemAvailable:")
    found = [None if available is None else available * 1024]
    for limit, used, stat in cgroups:
        most, taken = _number(Path(limit)), _number(Path(used))
        if most is not None and taken is not None:
            unused = (_named(Path(stat), name) for name in UNUSED)
            kept = next((one for one in unused if one is not None), 0)
            found.append(max(0, most - max(0, taken - kept)))
    return min((one for one in found if one is not None), default=None)


def _named(path: Path, name: str) -> int | None:
    """The number after a name, in a file with a name and a number on each line."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return None
    words = next((line.split() for line in lines if line.startswith(f"{name} ")), [])
    return int(words[1]) if len(words) > 1 else None


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):  # "max": no limit
        return None
