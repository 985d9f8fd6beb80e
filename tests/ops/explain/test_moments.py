"""Moments as people read them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ops.explain import moments
from ops.explain.moments import Clock

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # 11:00 in Saigon
CLOCK = Clock(NOW, ZoneInfo("Asia/Ho_Chi_Minh"))


def test_a_moment_is_shown_by_the_clock_of_the_zone() -> None:
    assert CLOCK.at(NOW) == "2026-11-23 11:00"
    assert CLOCK.iso(NOW) == "2026-11-23T11:00:00+07:00"


def test_today_needs_no_day_and_today_is_the_zones() -> None:
    just_after_midnight = datetime(2026, 11, 22, 17, 5, tzinfo=UTC)
    assert CLOCK.short(just_after_midnight) == "00:05"
    assert CLOCK.short(just_after_midnight - timedelta(minutes=6)) == "2026-11-22 23:59"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (12000, "3 h 20 min"),
        (47 * 3600, "47 h"),
        (48 * 3600, "2 days"),
        (12.9 * 86400, "12 days"),
    ],
)
def test_length(seconds: float, text: str) -> None:
    assert moments.length(timedelta(seconds=seconds)) == text


def test_ago_and_until_are_the_same_words() -> None:
    for sign in (1, -1):
        assert CLOCK.ago(NOW + sign * timedelta(hours=3)) == "3 h"


def test_without_an_offset_it_is_utc() -> None:
    assert moments.parsed("2026-11-23T04:00:00") == NOW
    assert moments.parsed("2026-11-23T11:00:00+07:00") == NOW
