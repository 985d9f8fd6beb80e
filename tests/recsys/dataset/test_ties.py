"""Lots know nothing of the item but its id, and are others for each user."""

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.dataset.ties import Names, lots

NAMES = Names(pl.Series(["a", "b", "c"]), pl.Series(["p1", "p2", "p3"]))


def test_lots_are_those_of_the_ids_whatever_their_codes() -> None:
    found = lots(np.array([0, 1]), np.array([2, 0]), NAMES)
    other = Names(pl.Series(["b", "a"]), pl.Series(["p0", "p1", "p3"]))
    assert lots(np.array([1, 0]), np.array([2, 1]), other).tolist() == found.tolist()
    assert lots(np.array([], int), np.array([], int), NAMES).tolist() == []


@settings(max_examples=50, deadline=None, derandomize=True, database=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1))
def test_a_lot_does_not_depend_on_who_else_draws(pairs: list[tuple[int, int]]) -> None:
    user, item = np.array(pairs).T
    alone = [int(lots(user[[at]], item[[at]], NAMES)[0]) for at in range(len(pairs))]
    assert lots(user, item, NAMES).tolist() == alone


def test_every_order_of_three_items_is_drawn_about_as_often() -> None:
    users = np.repeat(np.arange(6000), 3)
    drawn = lots(users, np.tile(np.arange(3), 6000), None).reshape(-1, 3)
    orders = (np.argsort(drawn, axis=1) * [9, 3, 1]).sum(axis=1)
    counts = np.unique(orders, return_counts=True)[1]
    assert len(counts) == 6
    assert abs(counts - 1000).max() < 5 * np.sqrt(6000 / 6 * 5 / 6)
