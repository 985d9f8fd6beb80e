"""Notes what a Python process changes in a project, and at one of these changes ends or waits.

Copied beside the `sitecustomize.py` of a scratch project (bench/runner/points.py), which imports
it: so it is alive in each Python process of a run, also those that DVC starts, before any of their
own code. It sees by Python's audit events what is about to happen: a file is opened for writing,
renamed, linked, removed or cut, a folder made or removed, a transaction of SQLite written. What can
change nothing is left out: a folder that is there already is to be made, a lock's empty file is
opened. Each is a line of the file `journal`: program, kind, path; what is random in a path is `*`.

    BENCH_POINTS    the folder of the journal; nothing is done without it
    BENCH_POINT     a line of the journal, and `#` and how often it has to come
    BENCH_HOW       one: the process kills itself there; all: it waits to be killed with all
                    others, and none of them changes anything meanwhile
"""

# It is in every process before all else, so it imports little: os.path, not pathlib.
# ruff: noqa: PTH109, PTH115, PTH116, PTH118, PTH119, PTH123

import fcntl
import os
import re
import signal
import sqlite3
import sys
import threading
import time
from typing import Any

WRITING = os.O_WRONLY | os.O_RDWR
AT = {  # the place of the path among the arguments of an event
    "os.rename": 1,
    "os.link": 1,
    "os.symlink": 1,
    "os.remove": 0,
    "os.rmdir": 0,
    "os.mkdir": 0,
    "os.truncate": 0,
}
NO_STATE = ("__pycache__", ".hook", ".said", ".ledger", ".git/")
RANDOM = re.compile(
    r"\.[\w-]+\.tmp$|(?<=\.uploading\.)\w+|(?=[A-Za-z0-9_]*\d)[A-Za-z0-9_]{6,}|\d{2,}"
)
CONNECT = sqlite3.connect
ENDS = ("COMMIT", "RELEASE")
CHANGES = (
    "INSERT",
    "UPDATE",
    "DELETE",
    "CREATE",
    "DROP",
    "VACUUM",
)  # where each is at once


class Hook:
    """What is noted, and where it ends."""

    def __init__(self, folder: str, root: str, point: str, how: str) -> None:
        self.folder, self.root, self.how = folder, os.path.join(root, ""), how
        self.line, _, often = point.rpartition("#")
        self.often = int(often or 0)
        self.own = threading.local()  # what the hook itself opens is no change
        self.program = program(sys.orig_argv)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit event."""
        if event == "open":
            path, _, flags = arguments
            if flags & WRITING and not isinstance(path, int) and not is_lock(path):
                self.change("open", path)
        elif (at := AT.get(event)) is not None and changes(event, arguments[0]):
            self.change(event, arguments[at])

    def connect(self, database: Any, *arguments: Any, **named: Any) -> Any:
        """sqlite3.connect, with a look at the statements: it has no event for them."""
        connection = CONNECT(database, *arguments, **named)
        path = str(database).removeprefix("file://").partition("?")[0]

        def statement(text: str) -> None:
            first = text.lstrip().partition(" ")[0].upper()
            if first in ENDS or (first in CHANGES and not connection.in_transaction):
                self.change("sqlite", path)

        connection.set_trace_callback(statement)
        return connection

    def change(self, kind: str, path: Any) -> None:
        """A change is about to happen."""
        if getattr(self.own, "busy", False):
            return
        if isinstance(path, int):
            path = os.readlink(f"/proc/self/fd/{path}")
        whole = os.path.normpath(os.path.join(os.getcwd(), os.fsdecode(path)))
        if not whole.startswith(self.root) or any(name in whole for name in NO_STATE):
            return
        name = RANDOM.sub("*", whole.removeprefix(self.root))
        self.own.busy = True
        try:
            self.note(f"{self.program}\t{kind}\t{name}")
        finally:
            self.own.busy = False

    def note(self, line: str) -> None:
        """Write it down; end here, or wait, if this is the point."""
        with open(os.path.join(self.folder, "journal"), "a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            before = file.read().splitlines().count(line)
            file.write(line + "\n")
            file.flush()
            if line == self.line and before + 1 == self.often:
                open(os.path.join(self.folder, "reached"), "w").close()
                if self.how == "one":
                    os.kill(os.getpid(), signal.SIGKILL)
                time.sleep(3600)  # the lock is held: nobody changes anything


def is_lock(path: Any) -> bool:
    """Whether it is a file that is there already and holds nothing: a lock is taken by it."""
    return os.fsdecode(path).endswith("lock") and not _size_of(path, 1)


def changes(event: str, path: Any) -> bool:
    """False for a folder to be made that is there, and for something to be removed that is not."""
    if event == "os.mkdir":
        return not os.path.lexists(path)
    return event != "os.remove" or os.path.lexists(path)


def _size_of(path: Any, otherwise: int) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return otherwise


def program(line: list[str]) -> str:
    """A short name of a command line: the module or the file that Python runs."""
    names = [word for word in line[1:] if not word.startswith("-")]
    return RANDOM.sub("*", os.path.basename(names[0])) if names else "python"


if "BENCH_POINTS" in os.environ:
    hook = Hook(
        os.environ["BENCH_POINTS"],
        os.environ["BENCH_ROOT"],
        os.environ.get("BENCH_POINT", ""),
        os.environ.get("BENCH_HOW", "all"),
    )
    sys.addaudithook(hook)
    sqlite3.connect = sqlite3.dbapi2.connect = hook.connect
