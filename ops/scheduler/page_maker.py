"""The child that makes the pages again after jobs, so that the loop stays light.

writes  reports/ (the child: ops/pages/command.py)
"""

import subprocess
import sys
from contextlib import suppress

COMMAND = (sys.executable, "-m", "ops.pages.command", "--quiet")


class PageMaker:
    """Makes the pages when jobs have ended; one child at a time."""

    def __init__(self, command: tuple[str, ...] = COMMAND) -> None:
        self.command, self.shown = command, -1
        self.child: subprocess.Popen[bytes] | None = None

    def see_to(self, ended: int) -> None:
        """Make them if more jobs have `ended` than they show; at the first look in any case. A
        child that fails is not tried again before the next job ends.
        """
        if self.child and self.child.poll() is None:
            return
        self.child = None
        if ended == self.shown:
            return
        self.shown = ended
        with suppress(OSError):
            self.child = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    def end(self) -> None:
        """End a child that is at work: a page is written whole or not at all."""
        if self.child and self.child.poll() is None:
            self.child.terminate()
            self.child.wait()
