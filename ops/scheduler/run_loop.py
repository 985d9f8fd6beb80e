"""Runs the loop until it is asked to stop: the lock, the signals, systemd, and params.yaml.

It is the process of `python runner.py start`: the loop and no more, so that it stays small.

reads   params.yaml     by a child
writes  state/runner.lock, and what ops/scheduler/loop.py writes
"""

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from zoneinfo import ZoneInfo

from ops import lock, processes
from ops.scheduler import jobs, kept, notify, run_history
from ops.scheduler.jobs import Clock, Say
from ops.scheduler.loop import Loop
from ops.scheduler.page_maker import PageMaker
from ops.scheduler.reload import READER, Reload
from ops.scheduler.slots import Times
from recsys.program import place
from recsys.program.errors import (
    DISK_ERRNOS,
    PLACE_ERRNOS,
    DiskError,
    InstanceError,
    UserError,
)

TICK_S = 0.5
LOOK_S = 1.0  # between two looks at params.yaml
DELIVER_S = 5.0  # between two looks for alerts that wait
PAGES_S = 5.0  # between two looks whether jobs have ended since the pages were made


def main(params: Path, state: Path) -> int:
    """The exit code of a run: 0 after SIGTERM or SIGINT, that of the check if params.yaml is wrong,
    5 if a loop runs already, 8 if the disk refuses its files.
    """
    reload = Reload(params)
    code, times = first_times(params)
    if times is None:
        return code
    try:
        return run(times, reload, state, jobs.utc_now, say_at(times.zone))
    except UserError as error:
        _tell(f"error: {error}")
        return error.exit_code
    except OSError as error:
        if error.errno not in DISK_ERRNOS | PLACE_ERRNOS:
            raise
        where = f"{error.filename or state}: {error.strerror}"
        advice = (
            "see that it may be written to and that there is room, then start again"
        )
        if told := place.away(state):
            where, advice = told, place.BACK
        _tell(f"error: {where}; {advice}")
        return DiskError.exit_code


def _tell(line: str) -> None:
    """A line on stderr; on a full disk, its log's too, the exit code says it alone."""
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)


def first_times(params: Path) -> tuple[int, Times | None]:
    """The times of a params.yaml that is right; else the exit code of its check, which has said
    what is wrong.
    """
    done = subprocess.run(
        [*READER, str(params)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        code = done.returncode
        return (code if code > 0 else 128 - code), None
    return 0, kept.times_of(json.loads(done.stdout))


def run(
    times: Times,
    reload: Reload,
    state: Path,
    clock: Clock,
    say: Say,
    tick_s: float = TICK_S,
) -> int:
    """Run until SIGTERM or SIGINT; 0. InstanceError if a loop runs already, or if the folder
    `state` was deleted or put back meanwhile: nobody would see this loop, nor end it.
    """
    facts = {"pid": os.getpid(), "since": run_history.stamp(clock())}
    path = state / "runner.lock"
    with (
        lock.hold(path, "the runner", facts),
        processes.stop_signals() as stopping,
    ):
        mine = lock.file_of(path)
        loop = Loop(times, state, clock, say)
        say(f"the runner is up, process {os.getpid()}, by the clock of {times.zone}")
        loop.begin()
        duties = Duties(loop, reload, PageMaker())
        notify.notify(notify.READY)
        while not stopping() and lock.is_still(path, mine):
            loop.tick()
            duties.see_to(time.monotonic())
            time.sleep(tick_s)
        lost = not stopping()
        say("the runner stops")
        notify.notify(notify.STOPPING)
        reload.end()
        duties.pages.end()
        loop.end()
    if lost:
        raise InstanceError(
            f"{path} is not the file that this runner holds any more: {state} was deleted or put "
            f"back while it ran, so it has ended; start it again with `python runner.py start`"
        )
    return 0


class Duties:
    """What is looked at less often than the jobs: params.yaml, alerts that wait, the pages, the
    watchdog.
    """

    def __init__(self, loop: Loop, reload: Reload, pages: PageMaker) -> None:
        self.loop, self.reload, self.pages = loop, reload, pages
        self.found: Times | str | None = None  # of params.yaml, not kept yet
        self.watchdog_s = notify.watchdog_s()
        self.next = {"look": 0.0, "deliver": 0.0, "pages": 0.0, "watchdog": 0.0}

    def see_to(self, steady: float) -> None:
        """Do what is to be done by now."""
        if self._is_time("look", LOOK_S, steady):
            self.loop.guarded(self.look)
        if self._is_time("deliver", DELIVER_S, steady):
            self.loop.guarded(self.loop.bell.deliver, self.loop.clock())
        if self._is_time("pages", PAGES_S, steady):
            self.pages.see_to(self.loop.ended)
        if self.watchdog_s and self._is_time("watchdog", self.watchdog_s, steady):
            notify.notify(notify.ALIVE)

    def look(self) -> None:
        """Take a new params.yaml, or say why not; what cannot be kept now is tried again."""
        self.found = self.reload.look() or self.found
        if isinstance(self.found, Times):
            self.loop.take(self.found)
        elif self.found:
            self.loop.refuse(self.found)
        self.found = None

    def _is_time(self, duty: str, every_s: float, steady: float) -> bool:
        if steady < self.next[duty]:
            return False
        self.next[duty] = steady + every_s
        return True


def say_at(zone: str) -> Say:
    """Print lines with the time in a zone; a full disk or a closed pipe ends nothing."""

    def say(line: str) -> None:
        with suppress(OSError):
            at = jobs.utc_now().astimezone(ZoneInfo(zone))
            print(f"{at:%Y-%m-%d %H:%M:%S} {line}", flush=True)

    return say


if __name__ == "__main__":
    sys.exit(main(Path("params.yaml"), Path("state")))
