from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import schedule
from hypothesis import given
from hypothesis import strategies as st

from ops.scheduler.slots import (
    MONTH_DAYS,
    Every,
    Rule,
    newest_slot,
    next_slot,
    slots_between,
)

SAIGON, BERLIN, KOLKATA = "Asia/Ho_Chi_Minh", "Europe/Berlin", "Asia/Kolkata"
LORD_HOWE, APIA = "Australia/Lord_Howe", "Pacific/Apia"


def rule(every: Every, at: str) -> Rule:
    return Rule(every, at, enabled=True, grace_s=60, time_limit_s=60, retries=0)


DAILY = rule("day", "02:00")
HALF_PAST_TWO = rule("day", "02:30")
SUNDAY = rule("sunday", "03:00")
MONTHLY = rule("month", "04:00")
HOURLY = rule("hour", ":15")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("rule", "now", "newest", "after"),
    [
        (DAILY, "2026-11-23 02:00:00", "2026-11-23 02:00", "2026-11-24 02:00"),
        (DAILY, "2026-11-23 01:59:59", "2026-11-22 02:00", "2026-11-23 02:00"),
        (SUNDAY, "2026-11-23 12:00:00", "2026-11-22 03:00", "2026-11-29 03:00"),
        (SUNDAY, "2026-11-22 02:59:59", "2026-11-15 03:00", "2026-11-22 03:00"),
        (MONTHLY, "2026-03-31 12:00:00", "2026-03-01 04:00", "2026-04-01 04:00"),
        (MONTHLY, "2026-03-01 03:59:59", "2026-02-01 04:00", "2026-03-01 04:00"),
        (MONTHLY, "2026-12-31 23:00:00", "2026-12-01 04:00", "2027-01-01 04:00"),
        (HOURLY, "2026-11-23 10:14:59", "2026-11-23 09:15", "2026-11-23 10:15"),
        (HOURLY, "2026-11-23 10:15:00", "2026-11-23 10:15", "2026-11-23 11:15"),
    ],
)
def test_slots_by_the_clock_of_the_zone(
    rule: Rule, now: str, newest: str, after: str
) -> None:
    assert newest_slot(rule, SAIGON, local(now, SAIGON)) == local(newest, SAIGON)
    assert next_slot(rule, SAIGON, local(now, SAIGON)) == local(after, SAIGON)


def test_the_first_of_the_month_is_judged_in_the_zone() -> None:
    assert next_slot(MONTHLY, SAIGON, utc("2026-03-20 00:00")) == utc(
        "2026-03-31 21:00"
    )


def test_an_hour_shown_twice_holds_one_daily_slot() -> None:
    first, second = (
        utc("2026-10-25 00:30"),
        utc("2026-10-25 01:30"),
    )  # both are 02:30 in Berlin
    assert newest_slot(HALF_PAST_TWO, BERLIN, first) == first
    assert newest_slot(HALF_PAST_TWO, BERLIN, second) == first
    assert next_slot(HALF_PAST_TWO, BERLIN, first) == utc("2026-10-26 01:30")


def test_an_hour_that_is_skipped_moves_its_slot_behind_the_gap() -> None:
    assert next_slot(HALF_PAST_TWO, BERLIN, utc("2026-03-28 12:00")) == local(
        "2026-03-29 03:30", BERLIN
    )
    assert newest_slot(HALF_PAST_TWO, BERLIN, utc("2026-03-29 02:00")) == utc(
        "2026-03-29 01:30"
    )
    assert next_slot(HALF_PAST_TWO, BERLIN, utc("2026-03-29 01:30")) == utc(
        "2026-03-30 00:30"
    )


def test_hours_follow_each_other_through_a_doubled_hour() -> None:
    start = utc("2026-10-24 23:15")
    slots = [start]
    while len(slots) < 4:
        slots.append(next_slot(HOURLY, BERLIN, slots[-1]))
    assert slots == [start + timedelta(hours=n) for n in range(4)]


def test_slots_between_two_moments_are_given_oldest_first() -> None:
    since, now = local("2026-11-20 02:00", SAIGON), local("2026-11-22 12:00", SAIGON)
    assert list(slots_between(DAILY, SAIGON, since, now)) == [
        local("2026-11-21 02:00", SAIGON),
        local("2026-11-22 02:00", SAIGON),
    ]
    assert list(slots_between(DAILY, SAIGON, now, since)) == []


@pytest.mark.parametrize(
    ("at", "since", "minutes"),
    [  # the clock of Lord Howe goes half an hour back on 4 April 2026, 15:00 UTC
        (":00", "2026-04-04 13:00", [60, 90, 60]),
        (":30", "2026-04-04 13:30", [60, 30, 60]),
        # and half an hour forward on 3 October, 15:30 UTC
        (":00", "2026-10-03 14:30", [90, 60]),
        (":30", "2026-10-03 14:00", [60, 30, 60]),
    ],
)
def test_hours_where_the_clock_is_moved_by_half_an_hour(
    at: str, since: str, minutes: list[int]
) -> None:
    hourly, slot = rule("hour", at), utc(since)
    assert newest_slot(hourly, LORD_HOWE, slot) == slot
    for gap in minutes:
        after = next_slot(hourly, LORD_HOWE, slot)
        assert after - slot == timedelta(minutes=gap)
        assert newest_slot(hourly, LORD_HOWE, after - timedelta(seconds=1)) == slot
        slot = after


def test_a_day_that_a_zone_has_left_out_has_no_second_slot() -> None:
    """Apia went from 29 to 31 December 2011."""
    since, now = utc("2011-12-29 00:00"), utc("2012-01-01 00:00")
    assert [f"{slot:%d %H}" for slot in slots_between(DAILY, APIA, since, now)] == [
        "29 12",
        "30 12",
        "31 12",
    ]


RULES = st.sampled_from(
    [DAILY, HALF_PAST_TWO, SUNDAY, MONTHLY, HOURLY, rule("day", "00:00")]
)
FIRST, LAST = datetime(2020, 1, 1), datetime(2030, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone
MOMENTS = st.datetimes(FIRST, LAST, timezones=st.just(UTC))


@given(
    RULES, st.sampled_from([SAIGON, BERLIN, KOLKATA, LORD_HOWE, APIA, "UTC"]), MOMENTS
)
def test_now_lies_between_two_neighbouring_slots(
    rule: Rule, zone: str, now: datetime
) -> None:
    newest, after = newest_slot(rule, zone, now), next_slot(rule, zone, now)
    assert newest <= now < after
    assert now - newest <= timedelta(days=MONTH_DAYS)
    assert newest_slot(rule, zone, after) == after
    assert newest_slot(rule, zone, after - timedelta(microseconds=1)) == newest


@pytest.mark.parametrize(
    ("rule", "unit"), [(DAILY, "day"), (SUNDAY, "sunday"), (HOURLY, "hour")]
)
def test_schedule_would_wake_at_the_same_time(rule: Rule, unit: str) -> None:
    job = getattr(schedule.Scheduler().every(), unit).at(rule.at, SAIGON).do(print)
    assert job.next_run.astimezone(UTC) == next_slot(rule, SAIGON, datetime.now(UTC))
