"""A bar for a person who waits: on a terminal only, nothing in logs."""

import sys

from tqdm import tqdm


def bar(what: str, total: int, done: int = 0) -> "tqdm[None]":
    """A bar on stdout that begins at `done` of `total` steps; call `update()` after each, use it
    with `with`.
    """
    return tqdm(
        total=total, initial=done, desc=what, file=sys.stdout, disable=None, leave=False
    )
