"""Python, the packages, git, and the room on the disk.

reads   requirements.lock, or what of it .venv was made of (.venv/packages.lock); names of installed
        packages, git
"""

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from ops.doctor.finding import Finding, bad, ok, warning
from ops.terminal import counted, size_in_words
from recsys.program import place
from recsys.program.errors import ConfigError, DiskError

OLDEST = (3, 11)
LOCK, PART = "requirements.lock", ".venv/packages.lock"
DIST = re.compile(r"(.+)-([^-]+)\.dist-info")
SHOWN = 4
LITTLE, TOO_LITTLE = 5_000_000_000, 500_000_000  # bytes free
WRITTEN = ("data", "state", "mlruns", "models", "releases", ".dvc")
TAKEN_IN = ("data/raw", "data/staging", "data/batches")
GIT_S = 20.0
CONFIG, DISK = ConfigError.exit_code, DiskError.exit_code
ANEW = "run `make clean`, then `make repro`: .venv is made anew"


def python(root: Path) -> Finding:
    """The interpreter, and whether it is that of .venv."""
    seen = f"{platform.python_version()} ({sys.prefix})"
    if sys.version_info < OLDEST:
        return bad("python", seen, "3.11 or newer is needed; " + ANEW, CONFIG)
    venv = root / ".venv"
    if not venv.exists():
        return warning("python", f"{seen}; there is no .venv", "`make repro` makes it")
    if Path(sys.prefix).resolve() != venv.resolve():
        step = (
            "run `.venv/bin/python runner.py doctor`, or `. .venv/bin/activate` first"
        )
        return warning("python", f"{seen}, which is not .venv", step)
    return ok("python", seen)


# ---- packages ----
def packages(root: Path) -> Finding:
    """Whether all that requirements.lock pins, or the part of it that .venv was made of, is
    installed in that version.
    """
    lock = PART if (root / PART).exists() else LOCK
    wanted = pinned((root / lock).read_text(encoding="utf-8"))
    found = dict(installed(sys.path))
    missing = [name for name in wanted if name not in found]
    others = [
        f"{name} {found[name]} instead of {version}"
        for name, version in wanted.items()
        if name in found and not is_same(found[name], version)
    ]
    if missing:
        seen = f"{len(missing)} of {len(wanted)} are missing: {_few(missing)}"
        return bad("packages", seen, ANEW, CONFIG)
    if others:
        seen = f"{len(others)} differ from {lock}: {_few(others)}"
        return warning("packages", seen, ANEW)
    return ok("packages", f"{len(wanted)}, as {lock} pins them")


def pinned(lock: str) -> dict[str, str]:
    """Name -> version of the lines `name==version`."""
    lines = [line.split("#")[0].split(";")[0].strip() for line in lock.splitlines()]
    pairs = [line.split("==") for line in lines if "==" in line]
    return {plain(name): version.strip() for name, version in pairs}


def installed(folders: list[str]) -> Iterator[tuple[str, str]]:
    """Name and version of each installed package, by the names of folders: a reading of all their
    files takes half a second. The first on the path is the one that is imported.
    """
    for folder in reversed(folders):
        if not folder or not Path(folder).is_dir():
            continue
        for path in Path(folder).iterdir():
            if found := DIST.fullmatch(path.name):
                yield plain(found[1]), found[2]


def plain(name: str) -> str:
    """A package's name in the one form that pip compares."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def is_same(found: str, wanted: str) -> bool:
    """Whether it is this version; `2.13.0+cpu` is 2.13.0 in another build."""
    return found == wanted or ("+" not in wanted and found.split("+")[0] == wanted)


def _few(names: list[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join([*names[:SHOWN], *([f"{more} more"] if more > 0 else [])])


# ---- git ----
def git(root: Path) -> Finding:
    """The commit that runs; models tell it as their lineage."""
    without = "models are made all the same, their lineage names no commit"
    if shutil.which("git") is None:
        return warning(
            "git", f"not installed; {without}", "install it (apt-get install git)"
        )
    commit = _git(root, "rev-parse", "--short", "HEAD")
    if not commit:
        step = "clone the project with git if you want its history"
        return warning("git", f"no repository here; {without}", step)
    changed = len(_git(root, "status", "--porcelain").splitlines())
    more = f", {counted(changed, 'file')} changed since" if changed else ""
    return ok("git", f"commit {commit}{more}")


def _git(root: Path, *args: str) -> str:
    """What git says; "" if it fails."""
    command = ["git", "--no-optional-locks", "-C", str(root), *args]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=GIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.strip() if not done.returncode else ""


# ---- disk ----
def disk(root: Path) -> list[Finding]:
    """Free room, and whether what is written to can be written to."""
    usage = shutil.disk_usage(root)
    seen = f"{size_in_words(usage.free)} free of {size_in_words(usage.total)}"
    step = "free some; `python runner.py run cleanup` removes old logs, checkpoints and models"
    refused = [name for name in WRITTEN if not _can_be_written(root / name)]
    found = [ok("disk", seen)]
    if usage.free < TOO_LITTLE:
        found = [bad("disk", seen, step, DISK)]
    elif usage.free < LITTLE:
        found = [warning("disk", seen, step)]
    if refused:
        names = ", ".join(refused)
        allow = "let the user who runs the pipeline write there"
        found.append(bad("folders", f"cannot be written to: {names}", allow, DISK))
    away = filter(None, (place.away(root / name) for name in (*WRITTEN, *TAKEN_IN)))
    return found + [
        bad("folders", told, place.BACK, DISK) for told in dict.fromkeys(away)
    ]


def _can_be_written(path: Path) -> bool:
    """A folder that is not there yet will be made."""
    return not path.exists() or os.access(path, os.W_OK | os.X_OK)
