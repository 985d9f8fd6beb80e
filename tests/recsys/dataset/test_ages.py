"""How many positives of a user are later than each."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recsys.dataset.ages import ages_of


def test_the_latest_is_of_age_1_and_those_of_one_moment_are_of_one_age() -> None:
    user = np.array([1, 0, 1, 1, 0, 1])
    time = np.array([30, 5, 10, 20, 5, 20])
    assert ages_of(user, time).tolist() == [1, 1, 4, 2, 1, 2]
    assert ages_of(user[:0], time[:0]).tolist() == []


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), max_size=30))
def test_it_counts_the_later_ones_in_any_order(rows: list[tuple[int, int]]) -> None:
    user, time = np.array(rows, np.int64).reshape(-1, 2).T
    wanted = [
        1 + sum(one == other and later > at for other, later in rows)
        for one, at in rows
    ]
    assert ages_of(user, time).tolist() == wanted
