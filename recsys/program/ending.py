"""The end of a program, quicker than Python's own."""

import atexit
import logging
import os
import sys
import threading
from collections.abc import Callable
from typing import NoReturn


def leave_after(action: Callable[[], int], closes_databases: bool = False) -> NoReturn:
    """End this process with the exit code of the action, and leave it to the system to free what it
    holds: where Python takes all of it apart piece by piece, that is up to half a second.

    What is printed is out, and what was registered for the end has run. With threads that Python
    would wait for, or somebody gone who reads what is printed, it ends as it always does. So does
    one that has loaded SQLite, unless it closes its databases itself: Python closes those that were
    left open, which puts what is in their -wal file in its place.
    """
    try:
        code = action()
    except SystemExit as leaving:
        if not isinstance(leaving.code, int | None):
            raise
        code = leaving.code or 0
    others = [thread for thread in threading.enumerate() if not thread.daemon]
    is_closed = closes_databases or "sqlite3" not in sys.modules
    try:
        if is_closed and others == [threading.current_thread()]:
            atexit._run_exitfuncs()
            logging.shutdown()
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:
                    stream.flush()
            os._exit(code)
    except (OSError, ValueError):
        pass
    sys.exit(code)
