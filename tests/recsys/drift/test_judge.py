"""Windows that do not overlap, flags and verdicts: planted drift is found, quiet weeks are so."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from recsys.drift import judge
from recsys.drift.events import DAY, events_of
from recsys.drift.holm import Found, Shift
from recsys.drift.judge import InWindow, Judged
from recsys.drift.params import MEASURES, WEEKLY
from tests.recsys.drift.worlds import ITEMS, params, rows, shop, vectors, weeks


def judged(now: int, **changed: object) -> Judged:
    events = shop(now, **changed)
    return judge.judge(events, vectors(events), params())


def test_quiet_weeks_have_no_drift() -> None:
    found = judged(6)
    assert (found.windows, found.verdict) == (6, "none")
    assert set(found.verdicts.values()) == {"none"}


def test_without_a_window_there_is_too_little_data() -> None:
    found = judged(0)
    assert (found.windows, found.verdict) == (0, "too_little_data")
    assert set(found.verdicts) == set(MEASURES)


def test_nothing_is_prepared_where_no_window_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(judge, "units_of", None)
    assert judged(0).windows == 0
    with pytest.raises(TypeError):
        judged(1)


def test_a_reference_of_less_than_a_window_and_a_first_window_without_events() -> None:
    bought = rows(("a", "p01", 5.0, 0.5, -1), ("b", "p02", 4.0, 0.5, 0))
    later = rows(*weeks(5, 6, np.random.default_rng(1)))
    events = events_of(bought, later, ["p01"])
    found = judge.judge(events, vectors(events), params())
    assert (found.windows, found.verdict) == (7, "too_little_data")
    assert {each.found for each in found.tested["rating"]} == {"0 users; 10 are needed"}


def test_one_flag_is_a_watch_and_the_second_is_drift() -> None:
    assert judged(1, low=0.6).verdicts["rating"] == "watch"
    found = judged(2, low=0.6)
    assert (found.verdict, found.verdicts["rating"]) == ("drift", "drift")
    others = {name: found.verdicts[name] for name in ("top_items", "quality")}
    assert set(others.values()) == {"none"}
    assert {found.verdicts[name] for name in WEEKLY} == {"too_little_data"}


def test_windows_follow_one_another_and_weekly_ones_take_six() -> None:
    found = judged(13)
    short, long = found.tested["rating"], found.tested["rate"]
    assert [len(short), len(long)] == [12, 2]  # shown_windows: the newest
    for tested, days in ((short, 7), (long, 42)):
        assert all(each.until - each.since == days * DAY for each in tested)
        assert all(one.until == other.since for one, other in pairwise(tested))


def test_an_earlier_window_never_changes() -> None:
    few, many = judged(3), judged(5)
    assert many.tested["top_items"][:3] == few.tested["top_items"]
    assert many.tested["rating"][:3] == few.tested["rating"]


def test_a_rate_that_was_halved_is_found_with_its_weeks() -> None:
    found = judged(12, a_week=25)
    assert found.verdicts["rate"] == "drift"
    assert [each.flagged for each in found.tested["rate"]] == [True, True]


def test_users_of_before_have_a_share_of_new_ones() -> None:
    """All users of this shop are new in their week, so it falls where those of before come."""
    rng = np.random.default_rng(1)
    reference = rows(*weeks(-18, -1, rng))
    since = weeks(0, 11, rng)
    returning = [
        (f"u-{1 + at % 5}-{at % 60}", *one[1:]) for at, one in enumerate(since)
    ]
    catalogue = [f"p{item:02}" for item in range(ITEMS)]
    events = events_of(reference, pl.concat([reference, rows(*returning)]), catalogue)
    found = judge.judge(events, vectors(events), params())
    assert found.verdicts["new_users"] == "drift"
    test = found.tested["new_users"][0].found
    assert isinstance(test, Shift)
    assert test.effect == pytest.approx(1.0, abs=0.01)


def test_a_sure_change_below_its_floor_is_no_flag() -> None:
    sure: dict[str, Found] = {"rating": Shift(0.04, 1e-9), "rate": Shift(0.06, 1e-9)}
    assert judge.flagged(sure, params()) == {"rate"}
    assert judge.flagged({"rating": Shift(0.5, 0.06)}, params()) == set()
    assert judge.flagged({"rating": "9 users; 10 are needed"}, params()) == set()


@pytest.mark.parametrize(
    ("flags", "verdict"),
    [
        ([], "too_little_data"),
        ([None], "too_little_data"),
        ([False], "none"),
        ([True], "watch"),
        ([True, False, False, False], "none"),
        ([True, False, False], "watch"),
        ([True, False, True], "drift"),
        ([True, True, False], "drift"),
        ([True, None, True], "drift"),  # one of too few users does not count
        ([True, False, False, True], "watch"),
    ],
)
def test_two_of_the_last_three_windows_are_drift(
    flags: list[bool | None], verdict: str
) -> None:
    tested = [
        InWindow(0, 1, "few" if flag is None else Shift(0.5, 0.001), bool(flag))
        for flag in flags
    ]
    assert judge.verdict_of(tested, params()) == verdict
