"""Releases that nothing leads to any more.

reads   releases/
writes  nothing: ops/cleanup removes what is found here
"""

from pathlib import Path

from recsys.program.errors import DataError
from recsys.serving import pointer

HALF_MADE = ".part"


def left_over(releases: Path, needed: set[str], keep: int) -> list[Path]:
    """Folders of releases that may go, oldest first, and what a kill has left half made.

    The newest `keep` stay, those of `needed` models, and the one that releases/current names. What
    is no release stays too: somebody has put it there. Nothing goes where releases/current is torn.
    """
    if not releases.is_dir():
        return []
    try:
        served = pointer.current(releases)
    except DataError:
        return []
    found = [path for path in releases.iterdir() if _is_release(path)]
    found.sort(key=lambda path: (path.lstat().st_mtime_ns, path.name))
    stay = needed | {served}
    old = [path for path in found[:-keep] if path.name not in stay]
    return [*old, *sorted(path for path in releases.iterdir() if _is_half_made(path))]


def _is_release(path: Path) -> bool:
    named = pointer.MODEL_ID.fullmatch(path.name) is not None
    return named and path.is_dir() and not path.is_symlink()


def _is_half_made(path: Path) -> bool:
    name = path.name.removeprefix(".").removesuffix(HALF_MADE)
    named = pointer.MODEL_ID.fullmatch(name) and path.name == f".{name}{HALF_MADE}"
    return bool(named) and path.is_dir() and not path.is_symlink()
