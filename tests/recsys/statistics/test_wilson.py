"""Wilson's interval: known values, the edges, and how often it holds the mean."""

import numpy as np
import pytest

from recsys.statistics import wilson


def test_the_known_interval_of_a_share() -> None:
    """8 of 10: 0.490 to 0.943 (Newcombe, 1998, method 3)."""
    mean, low, high = wilson.interval(np.array([1.0] * 8 + [0.0] * 2))
    assert mean == 0.8
    assert (low, high) == pytest.approx((0.4902, 0.9433), abs=1e-4)


@pytest.mark.parametrize("value", [0.0, 1.0])
@pytest.mark.parametrize("users", [1, 5, 1000])
def test_equal_values_still_leave_a_doubt(value: float, users: int) -> None:
    mean, low, high = wilson.interval(np.full(users, value))
    assert mean == value and 0 <= low <= value <= high <= 1
    assert high - low > 1 / users / 10


def test_no_values_have_no_mean() -> None:
    with pytest.raises(ValueError, match="no values"):
        wilson.interval(np.array([]))


@pytest.mark.parametrize("users", [10, 40, 200])
def test_it_holds_the_mean_as_often_as_it_says(users: int) -> None:
    """Values like ndcg: most are 0, the others somewhere up to 1."""
    rng = np.random.default_rng(3)
    held, tries = 0, 500
    for _ in range(tries):
        values = np.where(rng.random(users) < 0.3, rng.random(users), 0.0)
        _, low, high = wilson.interval(values)
        held += low <= 0.15 <= high
    assert held / tries > 0.95
