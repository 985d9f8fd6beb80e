"""The stages of one repro that run as copies of a process which has loaded what they import
(ops/pipeline/forks.py), and what is loaded for them meanwhile.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ops.pipeline import beside, forks
from ops.pipeline.begun import Begun
from ops.pipeline.forks import ForkServer

# modules that may run so
FORKED = frozenset(
    f"stages.{name}"
    for name in (
        *("merge", "process", "embed", "train_als", "train_bpr", "blend"),
        *("evaluate", "drift", "publish"),
    )
)
# of those, what takes seconds to load: it is loaded by a copy of its own, which then waits
LOADS_LONG = frozenset({"stages.publish"})
NEAR = 2  # it is begun where so many stages are left before it


class Copies:
    """Copies of one server, which is started when it is first needed."""

    def __init__(self, server: ForkServer | None = None) -> None:
        self.server = server
        self.asked: set[str] = set()  # whose modules the server loads, or has loaded
        self.long: Any = None  # a stage that loads long, and is not begun
        self.waiting: dict[str, Begun] = {}  # loads, or has loaded, by its address

    def load(self, stages: Sequence[Any]) -> None:
        """Let the server load what these stages of DVC import, if there is memory."""
        new = [
            one
            for one in stages
            if one.addressing not in self.asked and self.may_be(one)
        ]
        if not new or not beside.has_room():
            return
        if self.server is None and forks.is_possible():
            self.server = ForkServer(Path.cwd(), os.environ)
        if self.server is None:
            return
        for one in new:
            self.asked.add(one.addressing)
            if beside.module_of(one.cmd) in LOADS_LONG:
                self.long = one
            else:
                self.server.load(one.cmd)

    def load_long(
        self, left: Sequence[Any], given_for: Callable[[Any], Mapping[str, Any]]
    ) -> None:
        """Begin the copy that loads long, if its turn is near: it is among the first of the stages
        that are `left`. `given_for` says what subprocess.Popen is given for a stage.
        """
        if self.server is None or self.long not in left[: NEAR + 1]:
            return
        if beside.has_room():
            one, self.long = self.long, None
            fork = self.server.begin(one.cmd, given_for(one), waits=True)
            if fork is not None:
                self.waiting[one.addressing] = Begun(fork)

    def begin(self, stage: Any, given: Mapping[str, Any]) -> Begun | None:
        """Begin a stage with these arguments of subprocess.Popen: the copy that waits for it, or a
        new one; None if it cannot be one.
        """
        one = self.waiting.pop(stage.addressing, None)
        if one is not None:
            if one.is_running:
                one.go()
                return one
            one.end()  # what was wrong with it the next one says
        if self.server is None or not self.may_be(stage):
            return None
        fork = self.server.begin(stage.cmd, given)
        return None if fork is None else Begun(fork)

    @staticmethod
    def may_be(stage: Any) -> bool:
        """Whether a stage may run as a copy."""
        return forks.plain_module(stage.cmd) in FORKED

    def end(self) -> None:
        """End what waits, and the server."""
        for one in self.waiting.values():
            one.end()
        self.waiting.clear()
        if self.server is not None:
            self.server.close()
            self.server = None
