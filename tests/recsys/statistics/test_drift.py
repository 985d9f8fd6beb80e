"""Drift between small windows by hand, and the reference as a file."""

import json
from pathlib import Path
from typing import Any

import pytest

from recsys.program.errors import DataError
from recsys.statistics import drift
from tests.worlds import complains, interactions

PARAMS = drift.Params(
    window_days=10,
    max_rating_shift=0.1,
    max_top_items_shift=0.2,
    top_items=2,
    max_rate_shift=0.3,
)


def day(number: int) -> str:
    return f"2024-01-{number:02d} 10:00:00"


EVENTS = [
    ("a", "p1", 5.0, "", day(1)),
    ("b", "p1", 5.0, "", day(12)),
    ("c", "p2", 5.0, "", day(13)),
    ("d", "p3", 1.0, "", day(20)),
    ("e", "p1", 4.0, "", day(22)),
]  # the window is from day 12, 10:00 (not in it), to day 22


def test_the_window_ends_at_the_newest_event() -> None:
    assert drift.summarise(interactions(*EVENTS), 10, 2).model_dump() == {
        "newest_event": "2024-01-22T10:00:00+00:00",
        "window_days": 10,
        "top_n": 2,
        "events": 3,
        "events_a_day": 3 / 10,
        "rating_share": {
            "1": round(1 / 3, 6),
            "2": 0,
            "3": 0,
            "4": round(1 / 3, 6),
            "5": round(1 / 3, 6),
        },
        "top_items": ["p1", "p2"],
    }  # all have one event: the smaller id is first


def test_top_items_are_by_count_then_id_whatever_the_order_of_the_rows() -> None:
    frame = interactions(*EVENTS)
    for rows in (frame, frame.reverse()):
        assert drift.summarise(rows, 100, 3).top_items == ["p1", "p2", "p3"]


def window(
    shares: tuple[float, ...], items: list[str], rate: float
) -> drift.DriftReference:
    """A window with these shares of stars, these top items and so many events a day."""
    return drift.DriftReference(
        newest_event="2024-01-22T10:00:00+00:00",
        window_days=10,
        top_n=2,
        events=round(10 * rate),
        events_a_day=rate,
        rating_share=dict(zip(drift.STARS, shares, strict=True)),
        top_items=items,
    )


@pytest.mark.parametrize(
    ("now", "reference", "shifts"),
    [
        (((0, 0, 0, 0, 1), ["a", "b"], 2), ((0, 0, 0, 0, 1), ["b", "a"], 2), (0, 0, 0)),
        (((1, 0, 0, 0, 0), ["a"], 2), ((0, 0, 0, 0, 1), ["b"], 1), (1, 1, 1)),
        (
            ((0.1, 0, 0, 0.2, 0.7), ["a", "b"], 3),
            ((0, 0, 0, 0.4, 0.6), ["b", "c"], 4),
            (0.2, 1 - 1 / 3, 0.25),
        ),
        (((0, 0, 0, 0, 1), ["a"], 2), ((0, 0, 0, 0, 1), ["a"], 0), (0, 0, 2e9)),
    ],
)
def test_shifts_by_hand(
    now: tuple[Any, ...], reference: tuple[Any, ...], shifts: tuple[float, ...]
) -> None:
    found = drift.compare(window(*now), window(*reference))
    assert list(found.values()) == pytest.approx(shifts, abs=1e-6)
    assert list(found) == ["rating_shift", "top_items_shift", "rate_shift"]


def test_a_shift_of_just_the_limit_is_no_drift() -> None:
    verdict = drift.against_limits(
        {"rating_shift": 0.1, "top_items_shift": 0.3, "rate_shift": 0.31}, PARAMS
    )
    assert verdict == {
        "drifted": 2,
        "rating_shift": 0.1,
        "top_items_shift": 0.3,
        "rate_shift": 0.31,
        "limits": {"rating_shift": 0.1, "top_items_shift": 0.2, "rate_shift": 0.3},
        "over": ["top_items_shift", "rate_shift"],
    }


def test_half_stars_are_counted_once() -> None:
    halves = interactions(
        *(
            (f"u{number}", "p1", rating, "", day(1))
            for number, rating in enumerate((1.5, 2.5, 3.5, 4.5))
        )
    )
    shares = drift.summarise(halves, 10, 1).rating_share
    assert sum(shares.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("before", "after"), [(4.5, 3.5), (4.0, 3.9), (4.2, 3.8), (5.0, 4.5), (1.0, 1.5)]
)
def test_a_move_of_half_a_star_or_out_of_the_positives_is_seen(
    before: float, after: float
) -> None:
    """All customers give `before`, and later all give `after`."""
    first, later = (
        drift.summarise(
            interactions(*((f"u{n}", "p1", stars, "", day(1)) for n in range(9))), 10, 1
        )
        for stars in (before, after)
    )
    assert drift.compare(later, first)["rating_shift"] == 1.0
    assert drift.compare(first, first)["rating_shift"] == 0.0


def test_a_reference_of_whole_stars_is_read(tmp_path: Path) -> None:
    reference = drift.summarise(interactions(*EVENTS), 10, 2)
    assert set(reference.rating_share) == set(drift.STARS)
    halves = reference.model_copy(
        update={"rating_share": {**reference.rating_share, "4.5": 0.5}}
    )
    for one in (reference, halves):
        drift.write_reference(tmp_path / "r.json", one)
        assert drift.read_reference(tmp_path / "r.json") == one


def test_a_reference_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "reference.json"
    reference = drift.summarise(interactions(*EVENTS), 10, 2)
    drift.write_reference(path, reference)
    assert drift.read_reference(path) == reference
    assert json.loads(path.read_text()) == reference.model_dump()


@pytest.mark.parametrize(
    "changes",
    [
        {"rating_share": {}},
        {"rating_share": dict.fromkeys(drift.STARS, "1")},
        {"top_items": "p1"},
        {"top_items": [1]},
        {"events_a_day": True},
        {"events_a_day": None},
        {"window_days": 10.5},
        {"newest_event": 1},
    ],
)
def test_a_reference_with_a_wrong_value_is_none(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    path = tmp_path / "reference.json"
    content = drift.summarise(interactions(*EVENTS), 10, 2).model_dump()
    path.write_text(json.dumps(content | changes))
    with complains(DataError, path, "not a drift reference", "delete it"):
        drift.read_reference(path)


@pytest.mark.parametrize("setting", [{"window_days": 11}, {"top_items": 3}])
def test_a_reference_is_of_the_params_that_it_was_made_with(
    setting: dict[str, int],
) -> None:
    reference = drift.summarise(interactions(*EVENTS), 10, 2)
    assert drift.is_of(reference, PARAMS)
    assert not drift.is_of(reference, PARAMS.model_copy(update=setting))
