"""Weeks beside weeks: rates, and shares of what is new."""

import numpy as np
import pytest
from scipy import stats

from recsys.drift import weekly
from recsys.drift.events import WEEK, events_of
from recsys.drift.holm import Shift
from recsys.drift.weekly import Weeks
from tests.recsys.drift.worlds import params, rows

REFERENCE = np.array([90.0, 110, 100, 95, 105, 120, 80, 100])


def weeks(events: list[float] | np.ndarray, part: float = 0.0) -> Weeks:
    whole = np.asarray(events, dtype=np.float64)
    return Weeks(whole, whole, part * whole, part * whole, part * whole)


def rate(*window: float) -> Shift:
    found = weekly.compare(weeks(REFERENCE), weeks(list(window)), params())["rate"]
    assert isinstance(found, Shift)
    return found


def test_what_is_counted_of_a_week() -> None:
    reference = rows(
        ("a", "p1", 5.0, 0.5, -20),
        ("a", "p1", 5.0, 0.5, -6),
        ("a", "p2", 5.0, 0.5, -1),
        ("b", "p1", 5.0, 0.5, 0),
    )
    newest = rows(
        ("a", "p3", 5.0, 0.5, 1),
        ("c", "p3", 5.0, 0.5, 2),
        ("c", "p2", 5.0, 0.5, 9),
        ("a", "p2", 5.0, 0.5, 10),
    )
    events = events_of(reference, newest, ["p1", "p2"])
    found = weekly.weeks_of(events, -3, 1, 1, 1)
    assert found.events.tolist() == [1, 0, 3, 2, 2]
    assert found.users.tolist() == [1, 0, 2, 2, 2]
    # a again, and b; c; nobody
    assert found.new_users.tolist()[2:] == [2, 1, 0]
    assert np.isnan(found.new_users[:2]).all()  # there are two weeks and six days
    # a week of the reference has 1.5 events: p3 twice; p2 again, 3.5 events later
    assert found.new_items.tolist()[3:] == [2, 2]
    assert np.isnan(found.new_items[:3]).all()  # what came before is not known
    assert found.unknown_products.tolist() == [0, 0, 0, 2, 0]
    newest = weekly.part_of(found, 3, 5)
    assert newest.users.tolist() == [2, 2] and newest.new_items.tolist() == [2, 2]
    later = weekly.weeks_of(events, -3, 1, 3, 1)
    assert later.new_items.tolist()[4] == 0  # 3.5 events are less than three weeks have
    assert np.isnan(later.new_items[:4]).all()


def test_weeks_are_what_a_plain_loop_counts_wherever_they_begin() -> None:
    rng = np.random.default_rng(3)
    bought = [
        (f"u{rng.integers(30)}", f"p{rng.integers(20)}", 5.0, 0.5, 7 * day)
        for day in np.append(-rng.random(200) * 12, rng.random(60) * 3).tolist()
    ]
    end = [("u0", "p0", 5.0, 0.5, 0.0), ("u0", "p0", 5.0, 0.5, 21.0)]
    events = events_of(rows(*bought, end[0]), rows(*bought, *end), ["p1", "p2"])
    week = events.periods(WEEK)
    mean = ((week < 0) & (week >= -events.lived(WEEK))).sum() / events.lived(WEEK)
    for first in (-11, -4, 0):
        found = weekly.weeks_of(events, first, 2, 1, 4)
        for at, one in enumerate(range(first, 3)):
            here, before = week == one, week < one
            users = set(events.user[here].tolist())
            assert found.users[at] == len(users)
            lately = before & (week >= one - 4)
            fresh = len(users - set(events.user[lately].tolist()))
            is_known = one - 4 >= -events.lived(WEEK)
            assert np.isnan(found.new_users[at]) != is_known
            assert not is_known or found.new_users[at] == fresh
            new = 0
            for item in events.item[here].tolist():
                earlier = np.flatnonzero(before & (events.item == item))
                last = earlier[-1] + 1 if len(earlier) else -np.inf
                new += bool(before.sum() - last > mean)
            assert np.isnan(found.new_items[at]) == (before.sum() < mean)
            assert np.isnan(found.new_items[at]) or found.new_items[at] == new


def test_after_a_sale_as_many_products_are_new() -> None:
    """Draws of one shop, ten times as many in one week: so many weeks would find fewer after it."""
    rng = np.random.default_rng(1)
    bought = []
    for week in range(-40, 0):
        for at in range(600 if week == -20 else 60):
            item = int(200 * rng.random())
            bought.append(
                (f"u{week}-{at}", f"p{item}", 5.0, 0.5, 7 * (week + rng.random()))
            )
    events = events_of(rows(*bought), rows(*bought), [])
    found = weekly.weeks_of(events, -30, -1, 4, 4)
    share = found.new_items / found.events
    expected = (1 - 1 / 200) ** (4 * len(bought) / 40)
    assert share[:10].mean() == pytest.approx(expected, abs=0.06)
    assert share[11:16].mean() == pytest.approx(expected, abs=0.08)


def test_where_the_same_customers_buy_as_many_are_new_each_week() -> None:
    """The files begin at some day: never before, all are new there, and half a year later few."""
    rng = np.random.default_rng(2)
    bought = [
        (f"u{int(600 * rng.random())}", "p1", 5.0, 0.5, 7 * (week + rng.random()))
        for week in range(-40, 12)
        for _ in range(40)
    ]
    reference = rows(*(one for one in bought if one[4] < 0))
    events = events_of(reference, rows(*bought), ["p1"])
    found = weekly.weeks_of(events, -24, 10, 13, 15)
    share = found.new_users / found.users
    assert share.mean() == pytest.approx((1 - 1 / 600) ** (15 * 40), abs=0.03)
    assert share[:10].mean() == pytest.approx(share[-10:].mean(), abs=0.05)


def test_a_rate_that_was_halved() -> None:
    found = rate(50, 52, 48, 50, 45, 55)
    assert 0.48 < found.effect < 0.52 and found.p < 1e-6


def test_it_is_student_s_test_where_weeks_differ_by_more_than_chance() -> None:
    one, other = np.array([1.0, 2, 4, 3, 5, 1]), np.array([4.0, 5, 9, 2, 8, 7])
    expected = stats.ttest_ind(one, other).pvalue
    assert weekly.student(one, other, 0.01, 0.01) == pytest.approx(expected)


def test_weeks_that_lie_close_together_by_luck_prove_nothing() -> None:
    """Four more in a hundred each week is well inside what chance makes of a count."""
    found = weekly.compare(weeks([100.0] * 8), weeks([104.0] * 6), params())["rate"]
    assert isinstance(found, Shift)
    assert found.p > 0.3
    assert weekly.student(np.ones(6), np.ones(6), 0.0, 0.0) == 1.0


def test_a_sale_and_a_week_that_was_lost_are_no_change_of_the_rate() -> None:
    found = rate(100, 95, 105, 110, 900, 2)
    usual = np.log(REFERENCE), np.log([100.0, 95, 105, 110])
    assert found.effect == pytest.approx(np.exp(usual[1].mean() - usual[0].mean()) - 1)
    assert found.p > 0.3
    assert rate(50, 52, 48, 50, 45, 900).p < 1e-5
    # where few would be left they are no exception
    wild = np.array([1.0, 10, 100, 1000])
    assert weekly.usual_weeks(wild).tolist() == wild.tolist()


def test_a_share_that_has_doubled() -> None:
    found = weekly.compare(weeks(REFERENCE, 0.2), weeks([100] * 6, 0.4), params())
    for name in ("new_users", "new_items", "unknown_products"):
        test = found[name]
        assert isinstance(test, Shift)
        assert test.effect == pytest.approx(0.2) and test.p < 1e-4, name
    quiet = weekly.compare(weeks(REFERENCE), weeks([100] * 6), params())
    assert quiet["unknown_products"] == Shift(0.0, 1.0)


def test_too_few_weeks_are_told() -> None:
    found = weekly.compare(weeks(REFERENCE), weeks([100] * 5), params())
    assert set(found.values()) == {"8 and 5 weeks; 6 of both are needed"}
    # a week without users has no share of new ones, and is a week of the rate
    empty = weekly.compare(
        weeks(REFERENCE), weeks([100, 0, 100, 100, 100, 100]), params()
    )
    assert empty["new_users"] == "8 and 5 weeks; 6 of both are needed"
    assert isinstance(empty["rate"], Shift)


def test_weeks_whose_new_products_are_not_known_do_not_count() -> None:
    young = Weeks(
        *(REFERENCE, REFERENCE, 0.5 * REFERENCE),
        np.where(np.arange(8) < 3, np.nan, 10.0),
        0 * REFERENCE,
    )
    found = weekly.compare(young, weeks([100] * 6, 0.1), params())
    assert found["new_items"] == "5 and 6 weeks; 6 of both are needed"
    assert isinstance(found["new_users"], Shift)
