"""Folders that the project cannot work in, and those that are away: refused at once, by name.

`:` parts the folders of PATH and PYTHONPATH, `%` is taken for an escape by MLflow's migrations
(which lie in .venv), and what is no text cannot be written into a URL. All else may stand in a
path: blanks, quotes, `?`, `#`, letters of any script.

A folder may be a link to a share. While that is not mounted nothing is there: an empty folder in
its place would be a shop without products, and nothing would be hidden.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from recsys.program.errors import ConfigError, DiskError

# where the stages write what DVC keeps
MADE = (
    "data/merged",
    "data/processed",
    "data/embeddings",
    "data/evaluation",
    "models/als",
    "models/bpr",
    "models/blend",
    "plots",
)
BACK = "bring it back (a share that is not mounted?), then run the same again"


def check(root: Path, python: Path = Path(sys.prefix)) -> None:
    """ConfigError if the path of the project, or of its Python, has a sign that a part of it cannot
    take.
    """
    for path, refused in ((root.resolve(), ":"), (python.absolute(), ":%")):
        odd = {sign for sign in str(path) if sign in refused or not sign.isprintable()}
        if odd:
            raise ConfigError(
                f"{ascii(str(path))[1:-1]}: this path has {', '.join(map(ascii, sorted(odd)))}, "
                "which DVC or MLflow cannot work with; rename the folder, or move the project"
            )


def refuse_made_outside(root: Path) -> None:
    """ConfigError if a folder of MADE is a link out of the project, and that is one of git: DVC
    refuses to keep outs there, but only after a stage has made them.
    """
    if not (root / ".git").exists():
        return
    for name in MADE:
        for one in (root / name, *(root / name).parents):
            if one == root:
                break
            if one.is_symlink() and not one.resolve().is_relative_to(root.resolve()):
                raise ConfigError(
                    f"{one}: a link to {one.readlink()}, outside of the project, where DVC keeps "
                    f"nothing that a stage has made; move the folder here (what takes room, its "
                    f"cache, may lie elsewhere: `dvc cache dir PATH`)"
                )


def away(path: Path) -> str:
    """That `path`, or a folder above it, is a link which leads nowhere, in words; "" if not."""
    for one in (path, *path.parents):
        if _is(one.is_symlink) and not _is(one.exists):
            return f"{one}: a link to {one.readlink()}, which is not there"
    return ""


def _is(look: Callable[[], bool]) -> bool:
    """What a look says; False where the system refuses it, as for a share whose server is away."""
    try:
        return look()
    except OSError:
        return False


def refuse_if_away(path: Path) -> None:
    """DiskError if `path` is behind a link that leads nowhere."""
    if told := away(path):
        raise DiskError(f"{told}; {BACK}")
