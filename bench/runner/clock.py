"""Ten years of a simulated machine in six zones: does every slot run once, or is its miss told?

usage   python -m bench.runner.clock [--years N] [--seed N] [--others PYTHON] [--out FILE]
            --years     10 if not said
            --others    a Python that has `schedule` and `apscheduler`: both on the same years
writes  FILE            the table as Markdown; without one, to the terminal

The loop is the real one (ops/scheduler/loop.py and its book, its rows in SQLite); its clock and
its children are made up. What happens to it, and which slots were due, says bench/runner/world.py.
"""

import contextlib
import json
import multiprocessing
import random
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bench import command_line
from bench.runner import world as worlds
from bench.runner.judge import Verdict, is_wrong, judged, row
from bench.runner.world import BEGIN, JOBS, ZONES, Event, World
from ops.processes import Ended
from ops.scheduler import run_history
from ops.scheduler.dues import Waiting
from ops.scheduler.loop import Loop
from ops.scheduler.run_history import Run
from ops.scheduler.slots import Times
from recsys.files import sqlite

ENDS = {0: 0.955, 6: 0.03, 70: 0.01, 137: 0.005}  # exit codes, and how often
SECOND = timedelta(seconds=1)


class InMemory(sqlite3.Connection):
    """A database that stays open: a file costs more than all the rest of ten years."""

    def close(self) -> None:
        """Not yet."""


@contextlib.contextmanager
def in_memory() -> Iterator[None]:
    """All rows of the block in one database in memory; the statements are the real ones."""
    real = sqlite.connect
    kept = sqlite3.connect(":memory:", isolation_level=None, factory=InMemory)
    sqlite.connect = lambda *_, **__: kept
    try:
        yield
    finally:
        sqlite.connect = real
        sqlite3.Connection.close(kept)


class Silent:
    """A bell that nobody hears, and a timer that wakes at each turn."""

    def __init__(self, wake: Any = None) -> None:
        self.wake = wake

    def run_pending(self) -> None:
        """Wake."""
        self.wake()

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None


class MadeUp:
    """A child that ends after its time."""

    def __init__(self, run: Run, ends_at: float, code: int) -> None:
        self.run, self.ends_at, self.code = run, ends_at, code
        self.says, self.told = Path("/nowhere"), None
        self.child = SimpleNamespace(
            limit_s=7200, process=SimpleNamespace(pid=run.owner)
        )
        self.stopped = False

    def end(self, *_: object) -> None:
        """Stop at once."""
        self.stopped = True

    def step(self, now: float) -> Ended | None:
        """How it ended, when it has."""
        if self.stopped:
            return Ended("stopped", 143)
        if now < self.ends_at:
            return None
        return Ended("failed" if self.code else "ok", self.code)


class Tried(Loop):
    """The loop, with made-up children."""

    def __init__(self, world: World, state: Path, chance: random.Random) -> None:
        self.chance = chance
        super().__init__(
            world.times,
            state,
            world.clock,
            lambda _: None,
            world.steady,
            Silent,  # type: ignore[arg-type] # stands for both
            Silent,  # type: ignore[arg-type] # for the timer and the bell
        )

    def repro_by_hand(self) -> bool:
        """Nobody does that here."""
        return False

    def launch(self, waiting: Waiting, now: datetime) -> Any:
        """A row and a made-up child; None if the slot was seen to before."""
        run = run_history.open_run(
            self.state, waiting.job, waiting.slot, now, waiting.reason
        )
        if run is None:
            return None
        longest = 5400 if waiting.job == "train" else 600
        code = self.chance.choices(list(ENDS), list(ENDS.values()))[0]
        took = self.chance.uniform(1, longest)
        return MadeUp(run, self.steady() + took, code)


def live(loop: Tried, world: World, until: datetime) -> None:
    """Turn until a true time, from one moment at which there is something to do to the next."""
    while world.true < until:
        loop.tick()
        waits = [until - world.true]
        now, steady = world.clock(), world.steady()
        waits += [moment - now for moment in loop.book.next_due.values()]
        waits += [
            timedelta(seconds=each.ends_at - steady)  # type: ignore[attr-defined] # made up
            for each in loop.running.values()
        ]
        waits += [
            timedelta(seconds=each.ready_at - steady)
            for each in loop.book.queue
            if each.ready_at > steady
        ]
        if loop.book.queue and loop.ready():
            waits.append(SECOND)
        world.pass_(max(min(waits), SECOND))


def happen(event: Event, loop: Tried, world: World, state: Path) -> Tried:
    """Let an event happen; the loop that is up after it."""
    if event.kind == "edit" and event.times:
        loop.take(event.times)
        world.edit(event.times)
    elif event.kind == "step":
        world.step(event.span)
    elif event.kind == "sleep":
        world.pass_(event.span, asleep=True)
    else:
        if event.kind == "stop":
            loop.end()
        world.pass_(event.span)
        loop = Tried(world, state, loop.chance)
        loop.begin()
    return loop


def lived(
    zone: str, years: float, seed: int, state: Path
) -> tuple[World, Counter[str]]:
    """A machine's years with the loop, and how often what happened."""
    times = Times(zone, JOBS, "lists.csv")
    world, until = World(times), BEGIN + timedelta(days=365.25 * years)
    loop = Tried(world, state, random.Random(seed))  # noqa: S311 - no secret
    loop.begin()
    count: Counter[str] = Counter()
    for event in worlds.events(seed, until, times):
        if event.at > world.true:
            live(loop, world, event.at)
        count[event.kind] += 1
        loop = happen(event, loop, world, state)
    live(loop, world, max(until, world.true + timedelta(days=10)))
    return world, count


def tried(case: tuple[str, float, int]) -> tuple[str, Verdict, Counter[str]]:
    """One zone."""
    zone, years, seed = case
    with tempfile.TemporaryDirectory() as folder, in_memory():
        run_history.database(Path(folder)).touch()  # that there is one
        world, count = lived(zone, years, seed, Path(folder))
        verdict = judged(world, Path(folder))
        print(row(zone, verdict), file=sys.stderr, flush=True)
        return zone, verdict, count


HEAD = """# Slots of a simulated runner

Made by `python -m bench.runner.clock --years {years:g} --seed {seed}`.

{years:g} years a zone, {jobs} jobs (one hourly, two daily, three weekly, one monthly). The
runner was stopped or killed, the machine slept, its clock was set and the schedule was edited,
{count} times in all: {kinds}.
Of the made-up children 3 % fail with exit 6, 1 % with exit 70, 0.5 % by a signal.

| zone | slots due | well, once | missed, with why | failed | twice | untold | not due | late |
|---|---|---|---|---|---|---|---|---|
"""


def main(argv: list[str] | None = None) -> int:
    """0 if no slot was doubled, untold, odd or late; 1 if one was."""
    parser = command_line.parser(__doc__)
    parser.add_argument("--years", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--others", metavar="PYTHON")
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args(argv)
    cases = [(zone, args.years, args.seed + n) for n, zone in enumerate(ZONES)]
    with multiprocessing.Pool(args.processes) as pool:
        results = pool.map(tried, cases, chunksize=1)
    kinds: Counter[str] = sum((count for *_, count in results), Counter())
    text = HEAD.format(
        years=args.years,
        seed=args.seed,
        jobs=len(JOBS),
        count=sum(kinds.values()),
        kinds=", ".join(f"{kind} {times}" for kind, times in sorted(kinds.items())),
    )
    text += "\n".join(row(zone, verdict) for zone, verdict, _ in results) + "\n"
    if args.others:
        text += others(args.others, cases, args.processes)
    command_line.write(text, args.out)
    return int(any(is_wrong(verdict) for _, verdict, _ in results))


def others(python: str, cases: list[tuple[str, float, int]], processes: int) -> str:
    """The same years with other schedulers: their table."""
    module = ["-m", "bench.runner.others"]
    command = [python, *module, json.dumps(cases), str(processes)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
