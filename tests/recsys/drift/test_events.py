"""Periods from the end of the reference on, and what is neither reference nor later."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from recsys.drift.events import (
    COLUMNS,
    DAY,
    WEEK,
    events_of,
    grouped,
    moment,
    read,
    scored_today,
)
from recsys.files.tables import write_table
from recsys.program.errors import DataError
from tests.recsys.drift.worlds import rows
from tests.worlds import complains

REFERENCE = rows(
    ("a", "p2", 5.0, 0.5, -8), ("b", "p1", 4.5, 0.5, -7), ("a", "p1", 1.0, 0.25, 0)
)


def test_a_period_has_its_end_and_not_its_beginning() -> None:
    newest = rows(
        ("c", "p3", 5.0, 0.5, 0.1),
        ("c", "p3", 5.0, 0.5, 7),
        ("d", "p1", 5.0, 0.5, 7.1),
        ("d", "p1", 5.0, 0.5, 14),
    )
    events = events_of(REFERENCE, newest, ["p1", "p2"])
    assert events.periods(WEEK).tolist() == [-2, -2, -1, 0, 0, 1, 1]
    assert (events.complete(WEEK), events.complete(30 * DAY)) == (2, 0)
    assert (events.lived(WEEK), events.lived(DAY)) == (1, 8)
    assert events.item_ids == ["p1", "p2", "p3"]
    assert events.in_catalogue.tolist() == [True, True, False]
    assert moment(events.until) == "2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("strays", "lived"),
    [
        ([], 9),
        ([-100], 9),  # seven silent weeks, and a date that somebody mistyped
        ([-3000, -900, -500, -400, -380, -360, -340, -320], 9),
        ([-75, -76, -109, -110], 15),  # four weeks at most with next to nothing
    ],
)
def test_what_stands_before_a_long_silence_is_not_compared(
    strays: list[float], lived: int
) -> None:
    own = [("a", f"p{n % 3}", 5.0, 0.5, -n / 2) for n in range(2 * 63 + 1)]
    old = [("b", "p1", 5.0, 0.5, day) for day in strays]
    events = events_of(rows(*own, *old), rows(), ["p1"])
    assert events.lived(WEEK) == lived


def test_what_came_late_for_an_earlier_time_counts_nowhere() -> None:
    late = rows(("x", "p1", 5.0, 0.5, -3), ("y", "p1", 5.0, 0.5, 3))
    events = events_of(REFERENCE, late, [])
    assert len(events.time) == len(REFERENCE) + 1
    assert events.complete(WEEK) == 0


def test_the_order_of_the_rows_does_not_matter() -> None:
    newest = rows(("c", "p3", 5.0, 0.5, 1), ("d", "p1", 5.0, 0.5, 2))
    one = events_of(REFERENCE, newest, ["p1"])
    other = events_of(REFERENCE.reverse(), newest.reverse(), ["p1"])
    for name in ("user", "item", "rating", "quality", "time"):
        assert np.array_equal(getattr(one, name), getattr(other, name))


def test_events_after_a_time_keep_their_numbers() -> None:
    newest = rows(("c", "p3", 5.0, 0.5, 1), ("d", "p1", 5.0, 0.5, 2))
    events = events_of(REFERENCE, newest, ["p1"])
    later = events.after(events.until)
    assert (later.user.tolist(), later.item.tolist()) == ([2, 3], [2, 0])
    assert later.until == events.until and later.item_ids == events.item_ids
    assert len(events.after(events.until - 1).time) == 3


def test_events_of_one_time_stand_as_in_the_table() -> None:
    at_once = rows(
        ("b", "p2", 1.0, 0.5, -1), ("a", "p1", 5.0, 0.5, -1), ("c", "p1", 5.0, 0.5, 0)
    )
    events = events_of(at_once, at_once, [])
    assert events.rating.tolist() == [1.0, 5.0, 5.0]
    assert (events.user.tolist(), events.item.tolist()) == ([0, 1, 2], [1, 0, 0])


def test_without_events_since_no_period_is_over_and_without_a_reference_there_is_none() -> (
    None
):
    assert events_of(REFERENCE, REFERENCE, []).complete(WEEK) == 0
    with pytest.raises(ValueError, match="without events"):
        events_of(REFERENCE.clear(), REFERENCE, [])


@pytest.mark.parametrize("high", [3, 1 << 60])
def test_equal_keys_are_put_together_as_they_stood(high: int) -> None:
    order, begin = grouped(np.array([1, high, 0, 1, high, 1]))
    assert order.tolist() == [2, 0, 3, 5, 1, 4]
    assert begin.tolist() == [0, 1, 4, 6]
    assert grouped(np.array([], dtype=np.int64))[1].tolist() == [0]


def test_what_was_replaced_is_read_with_what_replaced_it(tmp_path: Path) -> None:
    last, before, none = (tmp_path / f"{name}.parquet" for name in ("a", "b", "c"))
    write_table(REFERENCE.with_columns(part=pl.lit("train")), last)
    write_table(rows(("a", "p2", 4.0, 0.5, -30)), before)
    write_table(REFERENCE[:0], none)
    assert read(last, none).equals(REFERENCE)
    both = read(last, before)
    assert both.columns == REFERENCE.columns and len(both) == 4
    with complains(DataError, "d.parquet", "dvc repro"):
        read(last, tmp_path / "d.parquet")


def test_the_reference_has_the_comment_quality_of_today_in_its_own_order() -> None:
    then = rows(
        ("b", "p2", 5.0, 0.5, -1),
        ("a", "p1", 5.0, 0.5, -2),
        ("a", "p1", 4.0, 0.5, -3),
        ("gone", "p1", 5.0, 0.5, -2),
    )
    today = rows(
        ("a", "p1", 5.0, 0.2, -2),
        ("a", "p1", 4.0, 0.1, -3),  # before it, of the same pair
        ("b", "p2", 1.0, 0.3, -1),
        ("a", "p1", 5.0, 0.9, -2),  # twice: the first counts
        ("new", "p1", 5.0, 0.9, -2),
    )
    found = scored_today(then, today)
    assert found.columns == COLUMNS
    assert found["comment_quality"].to_list() == [0.3, 0.2, 0.1, 0.5]
    others = [name for name in COLUMNS if name != "comment_quality"]
    assert found.select(others).equals(then.select(others))
