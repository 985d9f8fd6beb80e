"""What stands at the end of a run's log.

reads   state/logs/ID.log
"""

from contextlib import suppress
from pathlib import Path

from ops.terminal import printable

TAIL = 65536  # bytes
LONGEST = 300  # characters
ERROR = "error: "


def tail(log: Path, size: int = TAIL) -> list[str]:
    """The lines at the end of a log; none if it is gone."""
    with suppress(OSError), log.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - size))
        return file.read().decode("utf-8", "replace").splitlines()
    return []


def last_error(log: Path) -> str:
    """The last line of a log that says `error:`, without that; "" if there is none."""
    for line in reversed(tail(log)):
        if line.startswith(ERROR):
            return printable(line.removeprefix(ERROR))[:LONGEST]
    return ""
