"""A program that has loaded all it needs, and waits for the word to begin.

A third of what a small shop's stages take is Python and what they import. So the next stage may be
started while the one before it still computes: it loads, and waits (ops/pipeline/ahead.py). It
reads nothing but code before it is told to begin; if code was changed meanwhile, it starts anew.

    SHOP_WAITS      seconds since 1970 at which it was started; unset: it does not wait
    SHOP_LOADED     a handle that it writes DONE to when it has loaded all; may be unset. It is
                    written to, as closing it says nothing where a shell holds it, too
    standard input  GO; if it ends without, nobody is left who could tell, and the program ends
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

VARIABLE = "SHOP_WAITS"
LOADED = "SHOP_LOADED"
GO = b"go\n"
DONE = b"loaded\n"
NOBODY = 143  # exit code: as after SIGTERM


def until_told(load: Callable[[], object]) -> None:
    """Load, and wait, if the environment says so; else nothing."""
    since, loaded = os.environ.pop(VARIABLE, None), os.environ.pop(LOADED, None)
    if since is None:
        return
    load()
    if loaded is not None:
        with suppress(OSError):  # it was told to begin already: nobody reads it
            os.write(int(loaded), DONE)
        os.close(int(loaded))
    if sys.stdin.buffer.readline() != GO:
        os._exit(NOBODY)
    if any(changed >= float(since) for changed in _changes()):
        again = [sys.executable, *sys.orig_argv[1:]]
        os.execv(sys.executable, again)  # noqa: S606 - itself


def _changes() -> Iterator[float]:
    """When each loaded file of the house was changed last; one that is gone: now."""
    root = f"{Path.cwd()}{os.sep}"
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if file and file.startswith(root):
            try:
                yield Path(file).stat().st_mtime
            except OSError:
                yield float("inf")
