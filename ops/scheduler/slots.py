"""When each job is due: pure functions of a rule, a zone and a moment.

A slot is the planned instant in UTC. An hour that the clock shows twice holds a daily slot once, at
its first showing; one that the clock skips moves the slot behind the gap (02:30 becomes 03:30).
Hourly slots are all instants at which the zone's clock shows the minute, an hour apart but where
that clock is moved.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

Every = Literal[
    "hour",
    "day",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "month",
]
WEEKDAYS = get_args(Every)[2:9]
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
MONTH_DAYS = 32  # any span of so many days holds each weekday and a first of the month


@dataclass(frozen=True)
class Rule:
    """When a job is due, and what holds for its runs."""

    every: Every  # month: on the 1st
    at: str  # "HH:MM"; every hour: ":MM"
    enabled: bool
    grace_s: int  # so late may a slot still begin
    time_limit_s: int  # of one run
    retries: int  # after a failure that may pass


@dataclass(frozen=True)
class Times:
    """All that the loop keeps: section `runner` of params.yaml without pydantic."""

    zone: str
    jobs: dict[str, Rule]  # a job that is not here does not run by itself
    export_to: str


def newest_slot(rule: Rule, zone: str, now: datetime) -> datetime:
    """The last slot at or before `now`, UTC."""
    if rule.every == "hour":
        return _hour_slot(rule, zone, now, -1)
    today = now.astimezone(ZoneInfo(zone)).date()
    days = (today - timedelta(days=back) for back in range(-1, MONTH_DAYS))
    return next(slot for slot in _day_slots(rule, zone, days) if slot <= now)


def next_slot(rule: Rule, zone: str, now: datetime) -> datetime:
    """The first slot after `now`, UTC."""
    if rule.every == "hour":
        return _hour_slot(rule, zone, now, +1)
    today = now.astimezone(ZoneInfo(zone)).date()
    days = (today + timedelta(days=ahead) for ahead in range(-1, MONTH_DAYS))
    return next(slot for slot in _day_slots(rule, zone, days) if slot > now)


def slots_between(
    rule: Rule, zone: str, since: datetime, now: datetime
) -> Iterator[datetime]:
    """The slots after `since` up to `now`, oldest first."""
    slot = next_slot(rule, zone, since)
    while slot <= now:
        yield slot
        slot = next_slot(rule, zone, slot)


def is_due_day(rule: Rule, day: date) -> bool:
    """Whether a rule has a slot on this day of its zone."""
    if rule.every == "month":
        return day.day == 1
    return rule.every not in WEEKDAYS or day.weekday() == WEEKDAYS.index(rule.every)


def _day_slots(rule: Rule, zone: str, days: Iterator[date]) -> Iterator[datetime]:
    at = time.fromisoformat(rule.at)
    for day in days:
        if is_due_day(rule, day):
            yield datetime.combine(day, at, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _hour_slot(rule: Rule, zone: str, now: datetime, way: int) -> datetime:
    """The nearest instant at which the zone's clock shows the minute: the last at or before `now`
    (way -1) or the first after it (way +1).

    Where the clock is moved by half an hour just there, what an hour has is no guide: then minute
    by minute.
    """
    wanted, local = int(rule.at[1:]), ZoneInfo(zone)
    begun = now.astimezone(UTC).replace(second=0, microsecond=0)
    off = way * (wanted - begun.astimezone(local).minute) % 60
    slot = begun + way * MINUTE * (off if off or way < 0 else 60)
    if slot.astimezone(local).minute == wanted:
        return slot
    slot = begun if way < 0 else begun + MINUTE
    while slot.astimezone(local).minute != wanted:
        slot += way * MINUTE
    return slot
