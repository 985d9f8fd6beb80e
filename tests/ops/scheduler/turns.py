"""A loop that is turned by hand, with jobs that say their names."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ops.scheduler import run_history
from ops.scheduler.loop import Loop
from ops.scheduler.run_history import Run
from ops.scheduler.slots import Rule, Times

NOW = datetime(2026, 11, 23, 19, 0, 5, tzinfo=UTC)  # Tuesday 02:00:05 in Saigon
TWO = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
RULES = {
    "refresh": Rule("day", "02:00", True, 6 * 3600, 30, 1),
    "train": Rule("sunday", "03:00", True, 6 * 3600, 30, 1),
    "deploy": Rule("day", "02:00", True, 6 * 3600, 30, 1),
    "health": Rule("hour", ":00", True, 1800, 30, 0),
    "cleanup": Rule("month", "04:00", True, 6 * 3600, 30, 0),
}
PROGRAM = """
import os, pathlib, sys
from ops import said
name = sys.argv[1]
print(name)
if name == "train":
    print("error: reviews.csv line 4: no rating", file=sys.stderr)
    sys.exit(3)
if name == "refresh":
    said.tell("skipped", "incremental", "no change", {"deploy": "a new model"})
tries = pathlib.Path("tries")
if name == "health" and not tries.exists():
    tries.touch()
    sys.exit(6)
"""


def times(*names: str) -> Times:
    rules = {name: RULES[name] for name in names}
    return Times("Asia/Ho_Chi_Minh", rules, "lists.csv")


class Clock:
    """The real clock, moved."""

    def __init__(self, now: datetime) -> None:
        self.begun, self.moved = time.monotonic(), now

    def __call__(self) -> datetime:
        return self.moved + timedelta(seconds=time.monotonic() - self.begun)


def begun(
    state: Path, clock: Callable[[], datetime], *names: str
) -> tuple[Loop, list[str]]:
    said: list[str] = []
    loop = Loop(times(*names), state, clock, said.append)
    loop.begin()
    return loop, said


def turn_until(loop: Loop, done: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "waited in vain"
        loop.tick()
        time.sleep(0.02)


def rest(loop: Loop) -> None:
    """Turn until nothing waits and nothing runs."""
    turn_until(loop, lambda: not loop.book.queue and not loop.running)


def last(state: Path, job: str) -> Run:
    return run_history.last_runs(state)[job]
