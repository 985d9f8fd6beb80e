"""The checks of the disk: what is free, how fast it fills, how large the databases are.

reads   the sizes of data/, models/, mlruns/, releases/, state/, .dvc/cache; state/health.json
writes  nothing; state/health.json, once a day, if the job looks
"""

import os
import shutil
from pathlib import Path

from ops.health import checks, memory, store
from ops.health.checks import DAY, GB, Check, Params, Subject
from ops.health.memory import Sizes
from ops.terminal import size_in_words
from recsys.program.command_line import full_places

PLACES = ("data", "models", "mlruns", "releases", "state", ".dvc/cache")
CLEAN = "run `python runner.py run cleanup`"
FREE = f"free some space; {CLEAN}; it removes what nobody needs any more"
MOUNT = "let it be written to: an entry of the mount table, or a disk that fails"
SHOWN = 3


def look(subject: Subject) -> list[Check]:
    """Free space, growth, databases."""
    return checks.of(
        "disk",
        [
            ("disk_free", lambda: _room(subject)),
            ("disk_growth", lambda: _growth(subject)),
            (
                "database_size",
                lambda: check_databases(_sizes(subject), subject.params),
            ),
        ],
    )


def _room(subject: Subject) -> Check:
    """What is free where the project stands; the folders may be on disks of their own."""
    if shut := read_only(subject.root):
        value = f"mounted read-only: {', '.join(shut)}"
        return Check("disk", "disk_free", "critical", value, "", MOUNT)
    if full := full_places(subject.root):
        value = f"no room in {', '.join(full)}"
        return Check("disk", "disk_free", "critical", value, "", FREE)
    return check_free(_free(subject.root), subject.params)


def read_only(root: Path) -> list[str]:
    """Which of the folders that programs write to are on a disk that nobody may write."""
    there = [root / name for name in PLACES if (root / name).exists()]
    return [str(path) for path in there if os.statvfs(path).f_flag & os.ST_RDONLY]


def _free(root: Path) -> int:
    return shutil.disk_usage(root).free


def check_free(free: int, params: Params) -> Check:
    """Bytes that are free: a warning, then critical."""
    level: checks.Level = "ok"
    if free < params.warn_free_gb * GB:
        level = "critical" if free < params.min_free_gb * GB else "warning"
    return Check(
        "disk",
        "disk_free",
        level,
        f"{size_in_words(free)} free",
        f"at least {params.warn_free_gb:g} GB",
        FREE if level != "ok" else "",
    )


def _growth(subject: Subject) -> Check:
    sizes = {name: size_of(subject.root / name) for name in PLACES}
    kept = memory.read(subject.state)
    if subject.is_job:
        days = memory.with_sizes(kept.days, sizes, subject.now)
        if days != kept.days:
            memory.write(subject.state, kept.model_copy(update={"days": days}))
    today = Sizes(at=subject.now.isoformat(), sizes=sizes)
    return check_growth(today, kept.days, _free(subject.root), subject.params)


def check_growth(today: Sizes, days: list[Sizes], free: int, params: Params) -> Check:
    """At the pace since the oldest day that is remembered: in how many days is the disk full?"""
    value = _in_words(today.sizes)
    old = [one for one in days if today.moment - one.moment >= DAY]
    if not old:
        return Check("disk", "disk_growth", "ok", f"{value}; growth not known yet")
    span = (today.moment - old[0].moment) / DAY
    pace = (sum(today.sizes.values()) - sum(old[0].sizes.values())) / span
    left = free / pace if pace > 0 else float("inf")
    is_soon = left < params.warn_full_days
    grown = f"{'+' if pace >= 0 else '-'}{size_in_words(abs(pace))} a day"
    return Check(
        "disk",
        "disk_growth",
        "warning" if is_soon else "ok",
        f"{value}; {grown}" + (f", full in {left:.0f} days" if is_soon else ""),
        f"not full within {params.warn_full_days:g} days",
        f"{CLEAN}, or lower its numbers in params.yaml" if is_soon else "",
    )


def _in_words(sizes: dict[str, int]) -> str:
    largest = sorted(sizes, key=lambda name: -sizes[name])[:SHOWN]
    told = ", ".join(f"{name} {size_in_words(sizes[name])}" for name in largest)
    return f"{size_in_words(sum(sizes.values()))} ({told})"


def size_of(path: Path) -> int:
    """Bytes of all files under a folder, links not followed; what goes meanwhile counts nothing."""
    total = 0
    for folder, _, names in os.walk(path):
        for name in names:
            try:
                total += os.lstat(os.path.join(folder, name)).st_size  # noqa: PTH118 - thousands of files
            except OSError:
                continue
    return total


def _sizes(subject: Subject) -> dict[str, int]:
    paths = [path for path in store.databases(subject) if path.exists()]
    return {path.name: path.stat().st_size for path in paths}


def check_databases(sizes: dict[str, int], params: Params) -> Check:
    """Whether a database has grown too large."""
    large = [name for name, size in sizes.items() if size > params.max_database_gb * GB]
    told = ", ".join(f"{name} {size_in_words(size)}" for name, size in sizes.items())
    return Check(
        "disk",
        "database_size",
        "warning" if large else "ok",
        told or "none yet",
        f"at most {params.max_database_gb:g} GB each",
        f"{CLEAN}: it takes out what is old ({', '.join(large)})" if large else "",
    )
