"""Popular products, what is bought and comment quality, beside windows drawn out of all users."""

from dataclasses import replace

import numpy as np
import pytest

from recsys.drift import resampled
from recsys.drift.events import WEEK, Events, events_of
from recsys.drift.holm import Found, Shift
from recsys.program.seeds import generator
from tests.recsys.drift.worlds import params, rows, shop, vectors


def compare(events: Events, seed: int = 1, **changes: int) -> dict[str, Found]:
    units = resampled.units_of(events, events.periods(WEEK))
    return resampled.compare(
        units.of(-8, -1),
        units.of(0, 0),
        vectors(events),
        params(**changes),
        generator(seed),
    )


def test_a_unit_is_all_that_a_user_did_in_a_window() -> None:
    reference = rows(
        ("a", "p1", 5.0, 0.5, -8), ("a", "p1", 5.0, 0.25, -1), ("a", "p2", 5.0, 0.5, 0)
    )
    events = events_of(reference, rows(("b", "p2", 5.0, 1.0, 2)), [])
    units = resampled.units_of(events, events.periods(WEEK))
    assert units.period.tolist() == [-2, -1, 0]
    assert units.rows.toarray().tolist() == [
        [1, 0, 0.5, 1],
        [1, 1, 0.75, 2],
        [0, 1, 1.0, 1],
    ]
    assert units.of(-1, -1).toarray().tolist() == [[1, 1, 0.75, 2]]
    assert units.of(-2, 0).shape == (3, 4)


def test_equal_counts_are_taken_by_id_and_what_has_none_is_not_popular() -> None:
    counts = np.array([[1.0, 2, 1, 0, 1], [0, 0, 3, 0, 0]])
    assert resampled.is_top(counts, 3).tolist() == [
        [True, True, True, False, False],
        [False, False, True, False, False],
    ]
    assert resampled.is_top(counts, 9)[1].tolist() == [False, False, True, False, False]


def test_what_has_not_moved_has_a_p_that_says_nothing() -> None:
    for name, found in compare(shop()).items():
        assert isinstance(found, Shift)
        assert found.p > 0.05, name


def test_other_products_move_what_is_popular_and_what_is_bought() -> None:
    found = compare(shop(prefix="q"))
    least = 1 / 200
    assert found["top_items"] == Shift(1.0, least)
    assert isinstance(found["bought"], Shift) and isinstance(found["quality"], Shift)
    assert found["bought"].p == least
    assert found["bought"].effect == pytest.approx(1 - 0.2 / 1.01)  # of the two ways
    assert found["quality"].p > 0.05


def test_comments_that_say_less() -> None:
    found = compare(shop(quality=0.4))
    assert isinstance(found["quality"], Shift) and isinstance(found["top_items"], Shift)
    assert found["quality"].effect == pytest.approx(0.1, abs=0.02)
    assert (found["quality"].p, found["top_items"].p > 0.05) == (1 / 200, True)


def test_products_without_a_text_are_no_drift_of_what_is_bought() -> None:
    events = shop(prefix="q")
    units = resampled.units_of(events, events.periods(WEEK))
    zeros = np.zeros((len(events.item_ids), 2), dtype=np.float32)
    found = resampled.compare(
        units.of(-8, -1), units.of(0, 0), zeros, params(), generator(1)
    )
    assert found["bought"] == Shift(0.0, 1.0)


def test_a_quiet_shop_needs_fewer_draws() -> None:
    """p of a settled measure is that of the draws that were made."""
    quiet = compare(shop(), resamples=99_999)
    assert all(isinstance(each, Shift) and each.p > 0.001 for each in quiet.values())


def test_the_same_seed_gives_the_same_p() -> None:
    assert compare(shop(), 3) == compare(shop(), 3)


def test_too_few_users_are_told() -> None:
    events = shop()
    few = replace(events)
    units = resampled.units_of(few, few.periods(WEEK))
    found = resampled.compare(
        units.of(-8, -1), units.of(0, 0)[:9], vectors(few), params(), generator(1)
    )
    assert set(found.values()) == {"9 users; 10 are needed"}
