"""Drift between small windows by hand; the first run makes the reference and finds none."""

import json
from pathlib import Path
from typing import Any

import pytest

from recsys.files.tables import write_table
from recsys.program.errors import ConfigError, DataError
from recsys.statistics import drift
from stages import drift as stage
from tests.worlds import Shop, complains, interactions, make_shop, snapshot

PARAMS = drift.Params(
    window_days=10, max_rating_shift=0.1, max_top_items_shift=0.2, top_items=2, max_rate_shift=0.3
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


def drift_shop(folder: Path, **changes: Any) -> Shop:
    shop = make_shop(folder)
    write_table(interactions(*EVENTS), shop.processed / "interactions.parquet")
    shop.configure(drift={**PARAMS.model_dump(), **changes})
    return shop


def run(shop: Shop) -> dict[str, Any]:
    stage.main(
        shop.processed,
        shop.folder / "data/reference",
        shop.folder / "metrics/drift.json",
        shop.params,
    )
    found: dict[str, Any] = json.loads((shop.folder / "metrics/drift.json").read_text())
    return found


def test_the_window_ends_at_the_newest_event() -> None:
    assert drift.summarise(interactions(*EVENTS), 10, 2) == {
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
        assert drift.summarise(rows, 100, 3)["top_items"] == ["p1", "p2", "p3"]


def summary(shares: tuple[float, ...], items: list[str], rate: float) -> dict[str, Any]:
    return {
        "rating_share": dict(zip(drift.STARS, shares, strict=True)),
        "top_items": items,
        "events_a_day": rate,
    }


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
    found = drift.compare(summary(*now), summary(*reference))
    assert list(found.values()) == pytest.approx(shifts, abs=1e-6)
    assert list(found) == ["rating_shift", "top_items_shift", "rate_shift"]


def test_a_shift_of_just_the_limit_is_no_drift() -> None:
    verdict = drift.judge({"rating_shift": 0.1, "top_items_shift": 0.3, "rate_shift": 0.31}, PARAMS)
    assert verdict == {
        "drifted": 2,
        "rating_shift": 0.1,
        "top_items_shift": 0.3,
        "rate_shift": 0.31,
        "limits": {"rating_shift": 0.1, "top_items_shift": 0.2, "rate_shift": 0.3},
        "over": ["top_items_shift", "rate_shift"],
    }


def test_the_first_run_makes_the_reference_and_finds_no_drift_and_no_run_rewrites_it(
    tmp_path: Path,
) -> None:
    shop = drift_shop(tmp_path)
    assert run(shop)["drifted"] == 0
    reference = snapshot(tmp_path / "data/reference")
    assert json.loads(reference["reference.json"])["events"] == 3
    worse = [("x", "p9", 1.0, "", day(number)) for number in range(20, 30)]
    write_table(interactions(*EVENTS, *worse), shop.processed / "interactions.parquet")
    found = run(shop)
    assert found["over"] == ["rating_shift", "top_items_shift", "rate_shift"]
    assert found["rate_shift"] == pytest.approx((1.2 - 0.3) / 0.3)  # 12 events in the window
    assert snapshot(tmp_path / "data/reference") == reference
    assert run(shop) == found


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        "{",
        '{"rating_share": {}, "top_items": [], "events_a_day": 1}',
        '{"rating_share": 1, "top_items": 2, "events_a_day": "x"}',
    ],
)
def test_what_is_no_reference_is_one_line_and_stays(tmp_path: Path, content: str) -> None:
    shop = drift_shop(tmp_path)
    path = tmp_path / "data/reference/reference.json"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    with complains(DataError, path, "delete it"):
        run(shop)
    assert path.read_text() == content
    assert not (tmp_path / "metrics").exists()


def test_a_reference_of_another_window_is_not_compared_in_silence(tmp_path: Path) -> None:
    """The same events would seem to drift because a setting was changed."""
    run(drift_shop(tmp_path / "a"))
    shop = drift_shop(tmp_path / "b", top_items=1)
    (tmp_path / "a/data/reference").rename(tmp_path / "b/data/reference")
    try:
        assert run(shop)["drifted"] == 0
    except DataError as error:
        assert "reference.json" in str(error)


def test_a_missing_table_is_one_line_and_no_reference_is_made(tmp_path: Path) -> None:
    shop = drift_shop(tmp_path)
    (shop.processed / "interactions.parquet").unlink()
    with complains(DataError, shop.processed / "interactions.parquet"):
        run(shop)
    assert not (tmp_path / "data/reference").exists()


@pytest.mark.parametrize(
    "changes",
    [{"window_days": 0}, {"max_rating_shift": 1.5}, {"top_items": 0}, {"max_rate_shift": -0.1}],
)
def test_wrong_params_are_one_line_that_names_the_key(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    with complains(ConfigError, f"drift.{next(iter(changes))}"):
        run(drift_shop(tmp_path, **changes))


def test_half_stars_are_counted_once() -> None:
    halves = interactions(
        *(
            (f"u{number}", "p1", rating, "", day(1))
            for number, rating in enumerate((1.5, 2.5, 3.5, 4.5))
        )
    )
    shares = drift.summarise(halves, 10, 1)["rating_share"]
    assert sum(shares.values()) == pytest.approx(1)
