"""The times that the runner keeps: those that it has taken, while it is up; else params.yaml's.

reads   state/schedule.json (ops/scheduler/kept.py), params.yaml (runner)
writes  nothing

A params.yaml that was edited a moment ago, or that the loop has refused, is told beside them: times
that are shown are never others than those that are kept.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from ops.scheduler import kept as loops
from ops.scheduler import slots
from ops.scheduler.slots import Rule, Times
from recsys.program.errors import ConfigError

LOOP, FILE = "the runner", "params.yaml"
CHECK = "`python runner.py check` says all of it"
WHEN = {
    "hour": "every hour at {at}",
    "day": "daily at {at}",
    "month": "on the 1st of each month at {at}",
}


@dataclass(frozen=True)
class Timetable:
    """When each job is due."""

    times: Times
    source: str  # who has told them: LOOP or FILE
    note: str = ""  # what a person should know of params.yaml beside it

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.times.zone)

    @property
    def rules(self) -> Mapping[str, Rule]:
        """Of the jobs that have times, disabled ones too."""
        return self.times.jobs

    def is_enabled(self, job: str) -> bool:
        """Whether it runs by itself."""
        return job in self.rules and self.rules[job].enabled

    def next(self, job: str, now: datetime) -> datetime | None:
        """Its next slot, UTC; None if it has none."""
        if not self.is_enabled(job):
            return None
        return slots.next_slot(self.rules[job], self.times.zone, now)

    def newest(self, job: str, now: datetime) -> datetime | None:
        """Its last slot until now, UTC; None if it has none."""
        if not self.is_enabled(job):
            return None
        return slots.newest_slot(self.rules[job], self.times.zone, now)

    def slots(self, job: str, now: datetime, span: timedelta) -> Iterator[datetime]:
        """Its slots of the coming time, UTC."""
        if self.is_enabled(job):
            rule = self.rules[job]
            yield from slots.slots_between(rule, self.times.zone, now, now + span)

    def when(self, job: str) -> str:
        """Its rule in words."""
        rule = self.rules.get(job)
        if rule is None:
            return "by hand only"
        when = _when(rule)
        return when if rule.enabled else f"{when}, but disabled"


def _when(rule: Rule) -> str:
    words = WHEN.get(rule.every, f"{rule.every.capitalize()}s at {{at}}")
    return words.format(at=rule.at)


def kept(state: Path, params: Path, is_up: bool) -> Timetable:
    """The times that count now. ConfigError if only params.yaml can tell them, and it is wrong."""
    taken = loops.read(state) if is_up else None
    if taken is None:
        return Timetable(written(params), FILE)
    return Timetable(taken.times, LOOP, _note(taken, params))


def written(params: Path) -> Times:
    """What params.yaml says. ConfigError if it is wrong."""
    # here: while the loop is up nobody pays for pydantic and YAML but who compares
    from ops.scheduler.schedule import Params
    from recsys.program import params as parameters

    return parameters.load(Params, "runner", params).times


def _note(taken: loops.Kept, params: Path) -> str:
    """What params.yaml says beside the times of the loop; "" if the same."""
    if taken.refused:
        return f"params.yaml was refused, so these stay ({CHECK}): {taken.refused}"
    try:
        new = written(params)
    except ConfigError as error:
        return f"params.yaml cannot be taken, so these stay ({CHECK}): {error}"
    others = differences(taken.times, new)
    if not others:
        return ""
    return (
        f"params.yaml is newer ({', '.join(others)}); the runner takes it in a moment"
    )


def differences(old: Times, new: Times) -> list[str]:
    """The jobs whose rule is another one, and the zone."""
    jobs = dict.fromkeys([*old.jobs, *new.jobs])
    others = [job for job in jobs if old.jobs.get(job) != new.jobs.get(job)]
    return [*(["the zone"] if old.zone != new.zone else []), *others]
