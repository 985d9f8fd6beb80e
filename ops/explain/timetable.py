"""The times that the runner keeps: those that it has taken, while it is up; else params.yaml's.

reads   state/schedule.json (what the loop has taken), state/runner.lock, params.yaml (runner)
writes  nothing

A params.yaml that was edited a moment ago, or that the loop has refused, is told beside them: times
that are shown are never others than those that are kept.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ops.scheduler import schedule
from ops.scheduler.schedule import Params, Rule
from recsys.files.atomic import read_json
from recsys.program import params as parameters
from recsys.program.errors import ConfigError, UserError

FILE = "schedule.json"
WHEN = {
    "hour": "every hour at {at}",
    "day": "daily at {at}",
    "month": "on the 1st of each month at {at}",
}


@dataclass(frozen=True)
class Times:
    """When each job is due."""

    zone: ZoneInfo
    rules: Mapping[str, Rule]  # of the jobs that have times, disabled ones too
    source: str  # "the loop" | "params.yaml"
    note: str = ""  # what a person should know of params.yaml beside it

    def is_enabled(self, job: str) -> bool:
        """Whether it runs by itself."""
        return job in self.rules and _is_on(self.rules[job])

    def next(self, job: str, now: datetime) -> datetime | None:
        """Its next slot, UTC; None if it has none."""
        if not self.is_enabled(job):
            return None
        return schedule.next_slot(self.rules[job], self.zone.key, now)

    def newest(self, job: str, now: datetime) -> datetime | None:
        """Its last slot until now, UTC; None if it has none."""
        if not self.is_enabled(job):
            return None
        return schedule.newest_slot(self.rules[job], self.zone.key, now)

    def slots(self, job: str, now: datetime, span: timedelta) -> Iterator[datetime]:
        """Its slots of the coming time, UTC."""
        slot = self.next(job, now)
        while slot and slot <= now + span:
            yield slot
            slot = self.next(job, slot)

    def when(self, job: str) -> str:
        """Its rule in words."""
        rule = self.rules.get(job)
        if rule is None:
            return "by hand only"
        words = WHEN.get(rule.every, f"{rule.every.capitalize()}s at {{at}}")
        when = words.format(at=rule.at)
        return when if _is_on(rule) else f"{when}, but disabled"


def _is_on(rule: Rule) -> bool:
    return bool(getattr(rule, "enabled", True))


def kept(state: Path, params: Path, is_up: bool) -> Times:
    """The times that count now. ConfigError if only params.yaml can tell them, and it is wrong."""
    taken = _taken(state / FILE) if is_up else None
    if taken is None:
        return _of(parameters.load(Params, "runner", params))
    return taken_beside(taken, params)


def _of(section: Params) -> Times:
    return Times(
        ZoneInfo(section.zone),
        {str(job): rule for job, rule in section.jobs.items()},
        "params.yaml",
    )


def _taken(path: Path) -> dict[str, Any] | None:
    """What the loop has written; None if it has written nothing that is whole."""
    try:
        found = read_json(path)
        return found if isinstance(found, dict) else None
    except (UserError, OSError):
        return None


def taken_beside(taken: dict[str, Any], params: Path) -> Times:
    """The times of the loop, with a note on a params.yaml that says something else."""
    rules = {
        str(job): Rule.model_construct(**rule) for job, rule in taken["jobs"].items()
    }
    times = Times(ZoneInfo(taken["zone"]), rules, "the loop")
    return Times(times.zone, rules, times.source, _note(times, taken, params))


def _note(times: Times, taken: dict[str, Any], params: Path) -> str:
    if taken.get("refused"):
        return f"params.yaml was refused, these times stay: {taken['refused']}"
    try:
        written = _of(parameters.load(Params, "runner", params))
    except ConfigError as error:
        return f"params.yaml cannot be taken, these times stay: {error}"
    others = [job for job in written.rules if written.when(job) != times.when(job)]
    others += [job for job in times.rules if job not in written.rules]
    if written.zone != times.zone:
        others = [f"the zone {written.zone.key}", *others]
    if not others:
        return ""
    return (
        f"params.yaml is newer ({', '.join(others)}): the loop takes it within a minute"
    )
