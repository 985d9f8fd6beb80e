"""A machine for schedulers, with its clock: years of it pass in minutes, the same for each seed.

What happens to it: the runner is stopped, or killed in the middle of a job, and starts again later;
the machine sleeps; its clock is set forward or back, some minutes or some days; the schedule is
edited. `due` says which slots there are, by a scan of the zone's clock in steps of 15 minutes: it
shares no code with ops/scheduler/slots.py.
"""

import random
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from ops.scheduler.slots import WEEKDAYS, Every, Rule, Times

ZONES = (
    "Asia/Ho_Chi_Minh",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "UTC",
)
BEGIN = datetime(2010, 1, 1, tzinfo=UTC)  # Apia leaves out a day at the end of 2011
QUARTER = timedelta(minutes=15)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EVENTS_A_DAY = 1 / 9


def rule(every: Every, at: str, grace: timedelta, retries: int = 2) -> Rule:
    """A rule that is enabled."""
    return Rule(every, at, True, int(grace.total_seconds()), 7200, retries)


JOBS = {
    "refresh": rule("day", "02:00", 6 * HOUR),
    "embed": rule("tuesday", "03:00", DAY),
    "train": rule("sunday", "02:30", 2 * DAY),
    "deploy": rule("day", "05:00", 6 * HOUR, 3),
    "drift": rule("monday", "00:00", DAY),
    "health": rule("hour", ":30", 45 * MINUTE, 0),
    "cleanup": rule("month", "01:45", 3 * DAY, 1),
}


@dataclass(frozen=True)
class Event:
    """What happens to the machine, at a true time."""

    at: datetime
    kind: str  # stop, kill, sleep, step, edit
    span: timedelta  # of being down or asleep; of a step of the clock
    times: Times | None = None  # what is edited


@dataclass
class Piece:
    """A span of the wall clock in which it went forward, and the times that were kept."""

    since: datetime
    until: datetime
    times: Times


@dataclass
class World:
    """Clock and monotonic time, moved by `pass_`; remembers what was due when."""

    times: Times
    true: datetime = BEGIN
    offset: timedelta = timedelta()
    steady_s: float = 0.0
    pieces: list[Piece] = field(default_factory=list)
    unseen: datetime | None = (
        None  # nobody has looked at the clock since it showed this
    )

    def __post_init__(self) -> None:
        self.pieces.append(Piece(self.clock(), self.clock(), self.times))

    def clock(self) -> datetime:
        """The wall clock, UTC."""
        return self.true + self.offset

    def steady(self) -> float:
        """The monotonic clock, which stops while the machine sleeps."""
        return self.steady_s

    def pass_(self, span: timedelta, asleep: bool = False) -> None:
        """Let time pass."""
        self.unseen = (self.unseen or self.clock()) if asleep else None
        self.true += span
        self.steady_s += 0.0 if asleep else span.total_seconds()
        self.pieces[-1].until = self.clock()

    def step(self, span: timedelta) -> None:
        """Set the clock; what a step forward leaves out was due all the same, unless the clock is
        set back before anybody has seen it.
        """
        seen = self.unseen or self.clock()
        self.offset += span
        now = self.clock()
        if now > seen:
            self.pieces[-1].until, self.unseen = now, seen
        else:
            self.pieces[-1].until, self.unseen = seen, now
            self.pieces.append(Piece(now, now, self.times))

    def edit(self, times: Times) -> None:
        """Keep other times from now on."""
        self.times, self.unseen = times, None
        self.pieces.append(Piece(self.clock(), self.clock(), times))


def events(seed: int, until: datetime, times: Times) -> Iterator[Event]:
    """What happens, oldest first."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    at = BEGIN
    while True:
        at += DAY * chance.expovariate(EVENTS_A_DAY)
        if at >= until:
            return
        kind = chance.choice(("stop", "kill", "kill", "sleep", "step", "edit"))
        if kind == "edit":
            times = _edited(times, chance)
            yield Event(at, kind, timedelta(), times)
        else:
            yield Event(at, kind, _span(kind, chance))


def _span(kind: str, chance: random.Random) -> timedelta:
    longest = chance.choice((10 * MINUTE, 3 * HOUR, DAY, 9 * DAY))
    span = longest * chance.uniform(0.05, 1)
    return span * chance.choice((1, -1)) if kind == "step" else span


def _edited(times: Times, chance: random.Random) -> Times:
    off = [job for job, each in times.jobs.items() if not each.enabled]
    job = chance.choice(off or sorted(times.jobs))  # what is off comes back first
    former = times.jobs[job]
    minute = chance.choice(("00", "15", "30", "45"))
    hour = "" if former.every == "hour" else f"{chance.randrange(24):02d}"
    enabled = not former.enabled or chance.random() < 0.7
    new = replace(former, at=f"{hour}:{minute}", enabled=enabled)
    return replace(times, jobs=times.jobs | {job: new})


# ---- what was due, by a scan ----
class Scan:
    """All instants of some years, by what a zone's clock shows then."""

    def __init__(self, zone: str, since: datetime, until: datetime) -> None:
        self.instants: list[tuple[datetime, datetime]] = []  # UTC, local without zone
        self.shown: dict[date, list[tuple[datetime, datetime]]] = defaultdict(list)
        local, moment = ZoneInfo(zone), since.replace(minute=0, second=0, microsecond=0)
        while moment <= until:
            seen = moment.astimezone(local).replace(tzinfo=None)
            self.instants.append((moment, seen))
            self.shown[seen.date()].append((moment, seen))
            moment += QUARTER

    def slots(self, rule: Rule) -> list[datetime]:
        """All slots of a rule, oldest first."""
        if rule.every == "hour":
            minute = int(rule.at[1:])
            return [moment for moment, seen in self.instants if seen.minute == minute]
        days = sorted(self.shown)[1:-1]  # those of the ends are not whole
        return [self._of_day(day, rule.at) for day in days if _is_day(rule, day)]

    def _of_day(self, day: date, at: str) -> datetime:
        """The first showing; where there is none, so long after the last that is earlier."""
        wanted = datetime.combine(day, datetime.strptime(at, "%H:%M").time())  # noqa: DTZ007 - a time of day
        for moment, seen in self.shown[day]:
            if seen == wanted:
                return moment
        moment, seen = max(pair for pair in self.instants if pair[1] < wanted)
        return moment + (wanted - seen)


def _is_day(rule: Rule, day: date) -> bool:
    if rule.every == "month":
        return day.day == 1
    return rule.every == "day" or WEEKDAYS[day.weekday()] == rule.every


def due(world: World) -> dict[tuple[str, datetime], Rule]:
    """Every (job, slot) that was due while the machine lived, by the times that were kept then."""
    first = min(piece.since for piece in world.pieces) - 2 * DAY
    last = max(piece.until for piece in world.pieces) + 2 * DAY
    scan = Scan(world.times.zone, first, last)
    known: dict[tuple[Every, str], list[datetime]] = {}
    found = {}
    for piece in world.pieces:
        for job, each in piece.times.jobs.items():
            key = each.every, each.at
            slots = known[key] = known.get(key) or scan.slots(each)
            for slot in _between(slots, piece.since, piece.until):
                found[job, slot] = each
    return found


def _between(
    slots: list[datetime], since: datetime, until: datetime
) -> Iterator[datetime]:
    return iter(slots[bisect_right(slots, since) : bisect_right(slots, until)])
