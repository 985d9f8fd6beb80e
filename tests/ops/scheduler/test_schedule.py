from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import schedule
from hypothesis import given
from hypothesis import strategies as st

from ops.scheduler.schedule import (
    MONTH_DAYS,
    Params,
    Rule,
    missed,
    newest_slot,
    next_slot,
)
from recsys.program import params
from recsys.program.errors import ConfigError

SAIGON, BERLIN, KOLKATA = "Asia/Ho_Chi_Minh", "Europe/Berlin", "Asia/Kolkata"
DAILY = Rule(every="day", at="02:00")
HALF_PAST_TWO = Rule(every="day", at="02:30")
SUNDAY = Rule(every="sunday", at="03:00")
MONTHLY = Rule(every="month", at="04:00")
HOURLY = Rule(every="hour", at=":15")


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


def test_missed_slots_are_counted_and_the_newest_is_given() -> None:
    since, now = local("2026-11-20 02:00", SAIGON), local("2026-11-23 12:00", SAIGON)
    assert missed(DAILY, SAIGON, since, now) == (local("2026-11-23 02:00", SAIGON), 3)
    assert missed(DAILY, SAIGON, now, now) == (None, 0)
    assert missed(DAILY, SAIGON, now, since) == (None, 0)


RULES = st.sampled_from(
    [DAILY, HALF_PAST_TWO, SUNDAY, MONTHLY, HOURLY, Rule(every="day", at="00:00")]
)
FIRST, LAST = datetime(2020, 1, 1), datetime(2030, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone
MOMENTS = st.datetimes(FIRST, LAST, timezones=st.just(UTC))


@given(RULES, st.sampled_from([SAIGON, BERLIN, KOLKATA, "UTC"]), MOMENTS)
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


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "zone: Asia/Saigonn\n  time_limit_s: 5\n  jobs: {}",
            "no time zone is named 'Asia/Saigonn'",
        ),
        ("zone: UTC\n  time_limit_s: 0\n  jobs: {}", "runner.time_limit_s"),
        (
            "zone: UTC\n  time_limit_s: 5\n  jobs: {refresh: {every: day, at: '24:00'}}",
            '`at` is written "HH:MM"',
        ),
        (
            "zone: UTC\n  time_limit_s: 5\n  jobs: {refresh: {every: hour, at: '00:30'}}",
            '`at` is written ":MM"',
        ),
        (
            "zone: UTC\n  time_limit_s: 5\n  jobs: {refresh: {every: fortnight, at: '02:00'}}",
            "refresh.every",
        ),
        (
            "zone: UTC\n  time_limit_s: 5\n  jobs: {fresh: {every: day, at: '02:00'}}",
            "'fresh'",
        ),
        (
            "zone: UTC\n  time_limit_s: 5\n  jobs: {refresh: {every: day}}",
            "refresh.at is missing",
        ),
        (
            "zone: UTC\n  time_limit_s: 5\n  jobs: {refresh: {every: day, at: 200}}",
            "refresh.at",
        ),
    ],
)
def test_a_wrong_section_is_one_message_that_names_the_key(
    tmp_path: Path, text: str, message: str
) -> None:
    file = tmp_path / "params.yaml"
    file.write_text(f"runner:\n  {text}\n")
    with pytest.raises(ConfigError) as caught:
        params.load(Params, "runner", file)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_shipped_section_is_valid() -> None:
    assert params.load(Params, "runner", Path("params.yaml")).jobs["cleanup"] == MONTHLY
