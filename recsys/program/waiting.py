"""A program that has loaded all it needs, and waits for the word to begin.

DVC takes a second to load. So it is started while params.yaml is still checked: it loads, and waits
(ops/pipeline/child.py). It reads nothing but code before it is told to begin; if code was changed
meanwhile, it starts anew.

    SHOP_WAITS      seconds since 1970 at which it was started; unset: it does not wait
    standard input  GO; if it ends without, nobody is left who could tell, and the program ends
"""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

VARIABLE = "SHOP_WAITS"
GO = b"go\n"
NOBODY = 143  # exit code: as after SIGTERM


def until_told(load: Callable[[], object]) -> None:
    """Load, and wait, if the environment says so; else nothing."""
    since = os.environ.pop(VARIABLE, None)
    if since is None:
        return
    load()
    if sys.stdin.buffer.readline() != GO:
        os._exit(NOBODY)
    if any(changed >= float(since) for changed in changes()):
        again = [sys.executable, *sys.orig_argv[1:]]
        os.execv(sys.executable, again)  # noqa: S606 - itself


def changes() -> Iterator[float]:
    """When each loaded file of the house was changed, or moved to its place, last; one that is
    gone: now.
    """
    root = f"{Path.cwd()}{os.sep}"
    for module in list(sys.modules.values()):
        file = _file_of(module)
        if file and file.startswith(root):
            try:
                stat = Path(file).stat()
                yield max(stat.st_mtime, stat.st_ctime)
            except OSError:
                yield float("inf")


def _file_of(module: object) -> str | None:
    """The file of a module; one that loads when it is asked for something is not woken."""
    try:
        file = object.__getattribute__(module, "__dict__").get("__file__")
    except AttributeError:
        return None
    return file if isinstance(file, str) else None
