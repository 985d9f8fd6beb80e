"""The sign-flip test: by hand, and against all patterns of signs."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.statistics.sign_flip import STEPS, p_of_greater


def test_five_of_five_up_are_one_pattern_of_thirty_two() -> None:
    assert p_of_greater(np.array([0.3, 0.1, 0.2, 1.0, 0.7])) == 1 / 32


def test_down_counts_as_much_as_up() -> None:
    assert p_of_greater(np.array([0.5, -0.5])) == 3 / 4  # ++ +- -+ are at least 0
    assert p_of_greater(np.array([-0.5, -0.5])) == 1.0
    assert p_of_greater(np.array([0.5, 0.5, -0.5])) == 4 / 8  # +++ and three with one -


def test_the_size_of_a_difference_counts() -> None:
    assert p_of_greater(np.array([1.0, -0.1])) == 2 / 4
    assert p_of_greater(np.array([-1.0, 0.1])) == 3 / 4


def test_nothing_that_differs_shows_nothing() -> None:
    assert p_of_greater(np.zeros(3)) == p_of_greater(np.zeros(0)) == 1.0


@given(
    st.lists(st.integers(-STEPS, STEPS).filter(bool), min_size=1, max_size=9).map(
        lambda steps: np.array([*steps, STEPS]) / STEPS
    )
)
@settings(max_examples=60, deadline=None)
def test_it_counts_all_patterns(values: np.ndarray) -> None:
    """On the lattice itself: nothing is rounded."""
    signs = np.array(list(product((-1, 1), repeat=len(values))))
    sums = signs @ np.abs(values)
    assert p_of_greater(values) == pytest.approx((sums >= values.sum() - 1e-9).mean())


def test_forty_nine_are_no_more_than_a_normal_says() -> None:
    values = np.concatenate([np.full(32, 0.5), np.full(17, -0.5)])
    p = p_of_greater(values)  # 32 or more heads of 49
    assert p == pytest.approx(0.0222, abs=0.0005)
