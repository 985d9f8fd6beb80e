"""When each job is due: pure functions of a rule, a zone and a moment.

A slot is the planned instant in UTC. An hour that the clock shows twice holds a daily slot once, at
its first showing; one that the clock skips moves the slot behind the gap (02:30 becomes 03:30).
Hourly slots follow real hours.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import PositiveInt, model_validator

from recsys.program.params import Section, TimeZone

Job = Literal[
    "refresh", "train", "embed", "deploy", "court", "drift", "health", "cleanup"
]
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
HOUR = timedelta(hours=1)
MONTH_DAYS = 32  # any span of so many days holds each weekday and a first of the month


class Rule(Section):
    """When a job is due."""

    every: Every  # month: on the 1st
    at: str  # hour: ":MM", else "HH:MM"

    @model_validator(mode="before")
    @classmethod
    def _check_the_time(cls, value: Any) -> Any:
        if not isinstance(value, dict) or not isinstance(value.get("at"), str):
            return value
        hourly = value.get("every") == "hour"
        form = r":[0-5]\d" if hourly else r"([01]\d|2[0-3]):[0-5]\d"
        if not re.fullmatch(form, value["at"], re.ASCII):
            like = ":MM" if hourly else "HH:MM"
            raise ValueError(
                f'with `every: {value.get("every")}`, `at` is written "{like}"'
            )
        return value


class Params(Section):
    """Section `runner` of params.yaml."""

    zone: TimeZone
    time_limit_s: PositiveInt
    jobs: dict[Job, Rule]  # a job that is not here does not run by itself


def newest_slot(rule: Rule, zone: str, now: datetime) -> datetime:
    """The last slot at or before `now`, UTC."""
    if rule.every == "hour":
        return _hour_slot(rule, zone, now)
    today = now.astimezone(ZoneInfo(zone)).date()
    days = (today - timedelta(days=back) for back in range(-1, MONTH_DAYS))
    return next(slot for slot in _slots(rule, zone, days) if slot <= now)


def next_slot(rule: Rule, zone: str, now: datetime) -> datetime:
    """The first slot after `now`, UTC."""
    if rule.every == "hour":
        return _hour_slot(rule, zone, now) + HOUR
    today = now.astimezone(ZoneInfo(zone)).date()
    days = (today + timedelta(days=ahead) for ahead in range(-1, MONTH_DAYS))
    return next(slot for slot in _slots(rule, zone, days) if slot > now)


def missed(
    rule: Rule, zone: str, since: datetime, now: datetime
) -> tuple[datetime | None, int]:
    """The newest slot after `since` and at or before `now`, and how many there are; None and 0."""
    newest, count = None, 0
    slot = next_slot(rule, zone, since)
    while slot <= now:
        newest, count = slot, count + 1
        slot = next_slot(rule, zone, slot)
    return newest, count


def is_due_day(rule: Rule, day: date) -> bool:
    """Whether a rule has a slot on this day of its zone."""
    if rule.every == "month":
        return day.day == 1
    return rule.every not in WEEKDAYS or day.weekday() == WEEKDAYS.index(rule.every)


def _slots(rule: Rule, zone: str, days: Iterator[date]) -> Iterator[datetime]:
    at = time.fromisoformat(rule.at)
    for day in days:
        if is_due_day(rule, day):
            yield datetime.combine(day, at, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _hour_slot(rule: Rule, zone: str, now: datetime) -> datetime:
    """The last instant, at or before `now`, when the zone's clock shows the minute."""
    local = now.astimezone(ZoneInfo(zone))
    past = timedelta(
        minutes=(local.minute - int(rule.at[1:])) % 60,
        seconds=local.second,
        microseconds=local.microsecond,
    )
    return now.astimezone(UTC) - past
