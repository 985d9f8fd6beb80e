"""One review a user in each window, half stars as they are, and a p that is right for few users."""

import numpy as np
import pytest
from scipy import stats

from recsys.drift import ratings
from recsys.drift.events import WEEK, events_of
from recsys.drift.holm import Shift
from recsys.drift.units import units_of
from recsys.program.seeds import generator
from tests.recsys.drift.worlds import params, rows


def stars(**counts: int) -> np.ndarray:
    """So many reviews of each number of stars, `s5=3`, by half stars (11,)."""
    found = np.zeros(11, dtype=np.int64)
    found[[2 * int(name[1:]) for name in counts]] = list(counts.values())
    return found


def compare(reference: np.ndarray, window: np.ndarray, **changes: int) -> Shift:
    found = ratings.compare(reference, window, params(**changes), generator(1))
    assert isinstance(found, Shift)
    return found


def test_half_stars_are_cut_to_the_half_below() -> None:
    assert ratings.halves(np.array([3.9, 4.0, 4.5, 0.5])).tolist() == [7, 8, 9, 1]


def test_the_latest_review_of_a_user_in_each_window_counts() -> None:
    reference = rows(
        ("a", "p1", 5.0, 0.5, -6),
        ("a", "p2", 1.0, 0.5, -5),
        ("b", "p1", 5.0, 0.5, -1),
        ("b", "p2", 5.0, 0.5, 0),
    )
    newest = rows(("b", "p3", 4.0, 0.5, 1), ("b", "p4", 3.0, 0.5, 2))
    events = events_of(reference, newest, [])
    one = ratings.one_a_user(events, events.periods(WEEK))
    assert events.rating[one].tolist() == [1.0, 5.0, 3.0]
    units = units_of(events, events.periods(WEEK))
    found = ratings.by_period(units, events.rating)
    assert found.shape == (2, 11)
    assert [np.flatnonzero(row).tolist() for row in found] == [[2, 10], [6]]
    assert found.sum(axis=1).tolist() == [2, 1]


def test_many_users_are_tested_by_chi_square() -> None:
    reference, window = stars(s5=900, s4=60, s1=40), stars(s5=220, s4=10, s1=20)
    found = compare(reference, window)
    table = [[900, 60, 40], [220, 10, 20]]
    assert found.p == pytest.approx(stats.chi2_contingency(table).pvalue)
    # .90 / .06 / .04 beside .88 / .04 / .08
    assert found.effect == pytest.approx(0.04)


def test_few_users_are_tested_by_permutation() -> None:
    """Fisher's exact test has the same p for two stars, where both ends are added."""
    reference, window = stars(s5=40, s1=10), stars(s5=10, s1=10)
    found = compare(reference, window, resamples=20_000)
    exact = stats.fisher_exact([[40, 10], [10, 10]]).pvalue
    assert found.p == pytest.approx(exact, abs=0.006)
    assert found.effect == pytest.approx(0.3)


def test_a_rare_star_is_tested_by_permutation_too() -> None:
    """One user of one star among a thousand makes no chi-square of 4."""
    reference, window = stars(s5=900), stars(s5=299, s1=1)
    found = compare(reference, window, resamples=1999)
    assert stats.chi2_contingency([[900, 0], [299, 1]], correction=False).pvalue < 0.09
    assert found.p == pytest.approx(0.25, abs=0.03)  # 300 of 1,200 are in the window


def test_the_same_stars_are_no_drift() -> None:
    assert compare(stars(s5=50), stars(s5=20)) == Shift(0.0, 1.0)
    same = compare(stars(s5=90, s1=10), stars(s5=45, s1=5))
    assert same == Shift(0.0, 1.0)


def test_too_few_users_are_told() -> None:
    found = ratings.compare(stars(s5=50), stars(s5=9), params(), generator(1))
    assert found == "9 users; 10 are needed"
