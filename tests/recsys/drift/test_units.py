"""A unit is all that a user did in a period."""

import numpy as np

from recsys.drift.events import WEEK, events_of
from recsys.drift.units import units_of
from tests.recsys.drift.worlds import rows


def test_a_unit_is_all_that_a_user_did_in_a_window() -> None:
    reference = rows(
        ("a", "p1", 5.0, 0.5, -8),
        ("b", "p1", 5.0, 0.5, -7.5),
        ("a", "p1", 5.0, 0.25, -1),
        ("c", "p1", 5.0, 0.0, -0.5),
        ("a", "p2", 5.0, 0.5, 0),
    )
    events = events_of(reference, rows(("b", "p2", 5.0, 1.0, 2)), [])
    units = units_of(events, events.periods(WEEK))
    assert units.period.tolist() == [-2, -2, -1, -1, 0]
    of_each = np.split(units.item, units.begin[1:-1])
    assert [each.tolist() for each in of_each] == [[0], [0], [0, 1], [0], [1]]
    cards = [[0, 0.5], [0, 0.5], [-3, 0.75], [0, 0.0], [1, 1.0]]
    assert units.cards.tolist() == cards
    assert units.latest.tolist() == [0, 1, 4, 3, 5]
    assert units.between(-1, -1).tolist() == cards[2:4]
    assert units.between(-2, 0).tolist() == cards
    assert units.between(1, 3).tolist() == []
