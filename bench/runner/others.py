"""Bare `schedule` and APScheduler on the years of bench/runner/clock.py; run by another Python.

usage   python -m bench.runner.others '[["Europe/Berlin", 10, 1], ...]' 2
            zone, years, seed; how many processes

Both are the real libraries; their clock is the made-up one, in place of the module `datetime` that
they read. `schedule` keeps nothing, so each start lays its jobs anew. APScheduler has its jobs in a
database, misfire_grace_time as the graces of ours, and coalesces. Jobs end at once and never fail.
A firing counts for the newest slot of its job that is due then: the first one as run, another as
doubled; a slot without a firing has not run.
"""

import datetime as real
import json
import multiprocessing
import sys
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from bench.runner import world as worlds
from bench.runner.world import BEGIN, JOBS, Event, World
from ops.scheduler.slots import WEEKDAYS, Times

Fire = Callable[[str], None]


def clock_of(world: World) -> type[datetime]:
    """A class `datetime` whose now is that of the world; this machine's zone is UTC."""

    class MadeUp(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            now = world.clock()
            return now.astimezone(tz) if tz else now.replace(tzinfo=None)

    return MadeUp


class Bare:
    """`schedule`, as its manual has it."""

    def __init__(self, world: World, fire: Fire) -> None:
        import schedule

        self.library, self.world, self.fire = schedule, world, fire
        names = {name: getattr(real, name) for name in ("timedelta", "time")}
        schedule.datetime = SimpleNamespace(datetime=clock_of(world), **names)
        self.start()

    def start(self) -> None:
        """A new process: nothing is known of the last one."""
        self.scheduler = self.library.Scheduler()
        for job in self.world.times.jobs:
            self.lay(job)

    def lay(self, job: str) -> None:
        """Schedule a job anew."""
        self.scheduler.clear(job)
        rule = self.world.times.jobs[job]
        if not rule.enabled:
            return
        every = "day" if rule.every == "month" else rule.every
        unit = getattr(self.scheduler.every(), every).at(rule.at, self.world.times.zone)
        unit.do(self.on_time, job, rule.every == "month").tag(job)

    def on_time(self, job: str, monthly: bool) -> None:
        """A job that has no months asks the date."""
        zone = ZoneInfo(self.world.times.zone)
        if not monthly or self.world.clock().astimezone(zone).day == 1:
            self.fire(job)

    def run_pending(self) -> float:
        """Run what is due; seconds until the next."""
        self.scheduler.run_pending()
        return max(1.0, self.scheduler.idle_seconds or 1.0)


class Advanced:
    """APScheduler with a job store in a database."""

    def __init__(self, world: World, fire: Fire) -> None:
        # by name: they are installed for this measurement only
        library = partial(import_module, package="apscheduler")
        debug, stores = library(".executors.debug"), library(".jobstores.sqlalchemy")
        self.world, self.executor = world, debug.DebugExecutor
        self.base = library(".schedulers.base")
        for module in (self.base, library(".executors.base")):
            module.datetime = clock_of(world)  # type: ignore[attr-defined] # their now
        engine = create_engine("sqlite://", poolclass=StaticPool)
        self.store = partial(stores.SQLAlchemyJobStore, engine=engine)
        FIRE["now"] = fire
        self.start()
        for job in world.times.jobs:
            self.lay(job)

    def start(self) -> None:
        """A new process, with the jobs of the last one."""

        nothing = {name: lambda *_: None for name in ("wakeup", "shutdown")}
        driven = type("Driven", (self.base.BaseScheduler,), nothing)
        self.scheduler: Any = driven(timezone=self.world.times.zone)
        self.scheduler.add_jobstore(self.store())
        self.scheduler.add_executor(self.executor())
        self.scheduler.start()

    def lay(self, job: str) -> None:
        """Add a job, or another time of it."""
        rule = self.world.times.jobs[job]
        when: dict[str, Any] = {"minute": int(rule.at[-2:])}
        if rule.every != "hour":
            when["hour"] = int(rule.at[:2])
        if rule.every in WEEKDAYS:
            when["day_of_week"] = rule.every[:3]
        if rule.every == "month":
            when["day"] = 1
        if self.scheduler.get_job(job):
            self.scheduler.remove_job(job)
        if rule.enabled:
            self.scheduler.add_job(
                fired,
                "cron",
                args=[job],
                id=job,
                coalesce=True,
                misfire_grace_time=rule.grace_s,
                **when,
            )

    def run_pending(self) -> float:
        """Run what is due; seconds until the next."""
        return max(1.0, self.scheduler._process_jobs() or 1.0)


FIRE: dict[str, Fire] = {}


def fired(job: str) -> None:
    """What APScheduler keeps the name of."""
    FIRE["now"](job)


def live(other: Any, world: World, until: datetime) -> None:
    """Turn until a true time."""
    while world.true < until:
        wait = timedelta(seconds=other.run_pending())
        world.pass_(min(max(wait, timedelta(seconds=1)), until - world.true))


def happen(event: Event, other: Any, world: World) -> None:
    """Let an event happen."""
    if event.kind == "edit" and event.times:
        former = world.times.jobs
        world.edit(event.times)
        for job, rule in event.times.jobs.items():
            if rule != former[job]:
                other.lay(job)
    elif event.kind == "step":
        world.step(event.span)
    elif event.kind == "sleep":
        world.pass_(event.span, asleep=True)
    else:
        world.pass_(event.span)
        other.start()


def tried(kind: Any, zone: str, years: float, seed: int) -> Counter[str]:
    """What became of the slots of a machine's years."""
    times = Times(zone, JOBS, "lists.csv")
    world, until = World(times), BEGIN + timedelta(days=365.25 * years)
    firings: list[tuple[str, datetime]] = []
    other = kind(world, lambda job: firings.append((job, world.clock())))
    for event in worlds.events(seed, until, times):
        if event.at > world.true:
            live(other, world, event.at)
        happen(event, other, world)
    live(other, world, max(until, world.true + timedelta(days=10)))
    return judged(world, firings)


def judged(world: World, firings: list[tuple[str, datetime]]) -> Counter[str]:
    """Firings against what was due."""
    due = worlds.due(world)
    slots: dict[str, list[datetime]] = defaultdict(list)
    for job, slot in sorted(due):
        if due[job, slot].enabled:
            slots[job].append(slot)
    hits: Counter[tuple[str, datetime]] = Counter()
    odd = 0
    for job, at in firings:
        index = bisect_right(slots[job], at) - 1
        if index < 0:
            odd += 1
        else:
            hits[job, slots[job][index]] += 1
    count = sum(map(len, slots.values()))
    doubled = sum(times > 1 for times in hits.values())
    return Counter(
        due=count, run=len(hits), lost=count - len(hits), doubled=doubled, odd=odd
    )


def fate(task: tuple[str, tuple[str, float, int]]) -> str:
    """The line of one scheduler and zone."""
    name, case = task
    found = tried(KINDS[name], *case)
    numbers = (found[key] for key in ("due", "run", "lost", "doubled"))
    cells = " | ".join(f"{number:,}" for number in numbers)
    print(f"| {name} | {case[0]} | {cells} |", file=sys.stderr, flush=True)
    return f"| {name} | {case[0]} | {cells} |"


def table(cases: list[tuple[str, float, int]], processes: int) -> str:
    """Both on all cases, as Markdown."""
    tasks = [(name, case) for name in KINDS for case in cases]
    with multiprocessing.Pool(processes) as pool:
        rows = pool.map(fate, tasks, chunksize=1)
    years = cases[0][1]
    lines = [
        "",
        f"Other schedulers on the same machines ({years:g} years). Their jobs end at once and "
        "never fail; slots of disabled jobs",
        "are left out. What has not run stands in no record; APScheduler logs a line where a "
        "slot is too late.",
        "",
        "| scheduler | zone | slots due | run | not run | twice |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *rows, ""])


KINDS: dict[str, Any] = {"schedule 1.2.2": Bare, "APScheduler 3.11": Advanced}


if __name__ == "__main__":
    print(table(json.loads(sys.argv[1]), int(sys.argv[2])))
