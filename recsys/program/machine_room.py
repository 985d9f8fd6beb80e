"""What this machine has left: cores that this process may use, and memory that it may take."""

import os
from collections.abc import Sequence
from pathlib import Path

MEMINFO = Path("/proc/meminfo")
# the memory that a container may have, and has taken (cgroups v2 and v1)
CGROUPS = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    (
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory/memory.usage_in_bytes",
    ),
)


def cores() -> int:
    """How many cores may be used."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def free_bytes(
    meminfo: Path = MEMINFO, cgroups: Sequence[tuple[str, str]] = CGROUPS
) -> int | None:
    """Memory that can be taken without another one's giving it; None if the system does not say."""
    found = [_available(meminfo)]
    for limit, used in cgroups:
        most, taken = _number(Path(limit)), _number(Path(used))
        if most is not None and taken is not None:
            found.append(max(0, most - taken))
    return min((one for one in found if one is not None), default=None)


def _available(meminfo: Path) -> int | None:
    try:
        lines = meminfo.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    words = next(
        (line.split() for line in lines if line.startswith("MemAvailable")), []
    )
    return int(words[1]) * 1024 if len(words) > 1 else None


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):  # "max": no limit
        return None
