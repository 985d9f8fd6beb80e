"""The end of a program, quicker than Python's own."""

import atexit
import gc
import logging
import os
import sys
import threading
from collections.abc import Callable
from typing import NoReturn


def leave_after(action: Callable[[], int], closes_databases: bool = False) -> NoReturn:
    """End this process with the exit code of the action, and leave it to the system to free what it
    holds: where Python takes all of it apart piece by piece, that is up to half a second.

    What is printed is out, what was registered for the end has run, and SQLite's databases that
    were left open are closed, which puts what is in their -wal file in its place; they are not
    looked for if it `closes_databases` itself. With threads that Python would wait for, a database
    that only another thread may close, or somebody gone who reads what is printed, it ends as it
    always does.
    """
    try:
        code = action()
    except SystemExit as leaving:
        if not isinstance(leaving.code, int | None):
            raise
        code = leaving.code or 0
    others = [thread for thread in threading.enumerate() if not thread.daemon]
    try:
        if others == [threading.current_thread()]:
            atexit._run_exitfuncs()
            if not closes_databases and not _databases_closed():
                sys.exit(code)
            logging.shutdown()
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:
                    stream.flush()
            os._exit(code)
    except (OSError, ValueError):
        pass
    sys.exit(code)


def _databases_closed() -> bool:
    """Close every connection of sqlite3 that is left; whether this thread may."""
    if (sqlite := sys.modules.get("sqlite3")) is None:
        return True
    for one in gc.get_objects():
        # not isinstance: that wakes modules which load when they are asked for something
        if issubclass(type(one), sqlite.Connection):
            try:
                one.close()
            except sqlite.Error:
                return False
    return True
