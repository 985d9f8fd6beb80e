"""Names by their beginning: what an operator types of a code, a file or a batch, if it is of one
(and one only).
"""

from collections.abc import Iterable

from ops.terminal import printable
from recsys.program.errors import ConfigError

SHOWN = 8  # names that a message lists


def the_one(word: str, names: Iterable[str], what: str) -> str:
    """The name that is the word, or the only one that begins with it.

    ConfigError names those that begin so, or all, if there is no such one.
    """
    known = list(dict.fromkeys(names))
    if word in known:
        return word
    begun = [name for name in known if name.startswith(word)] if word else []
    if len(begun) == 1:
        return begun[0]
    shown = ", ".join(map(printable, (begun or known)[-SHOWN:])) or "none"
    if begun:
        raise ConfigError(
            f"{printable(word)!r} begins several: {shown}; write more of it"
        )
    raise ConfigError(f"{what} {printable(word)!r}; there are: {shown}")
