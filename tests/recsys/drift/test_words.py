"""What moved, as an operator reads it."""

from pathlib import Path
from typing import Any

from recsys.drift import words
from recsys.files.atomic import write_json
from tests.recsys.drift.test_report import made


def test_stars_and_when() -> None:
    found = made(2, low=0.6)
    told = words.all_of(found, ["rating"])
    assert told.startswith("stars: ") and " stars " in told and " % -> " in told
    assert "moved by" not in told
    assert words.when(found, ["rating"]) == "2026-01-01 to 2026-01-15"
    assert words.when(found, ["rate"]) == ""


def test_products_that_rose_and_fell() -> None:
    told = words.of(made(2, prefix="q"), "top_items")
    assert told.startswith("risen q0") and ", fallen p0" in told
    assert told.count(" -> ") == 6


def test_a_rate_and_an_effect() -> None:
    found = made(12, a_week=25)
    assert words.of(found, "rate") == "60 -> 25"
    assert words.of(made(2, quality=0.3), "quality").startswith("moved by 0.2")


def test_a_long_name_is_cut_and_one_without_is_its_id() -> None:
    one: dict[str, Any] = {"product_id": "p1", "before": 0.01, "now": 0.062, "name": ""}
    assert words.product(one) == "p1 1.0 % -> 6.2 %"
    cut = words.product({**one, "name": "x" * 99})
    assert cut == f"{'x' * 39}… (p1) 1.0 % -> 6.2 %"


def test_the_verdict_in_short() -> None:
    assert words.in_short(made(2, low=0.6)) == "drift: stars"
    assert words.in_short(made(1, low=0.6)) == "watch: stars"
    assert words.in_short(made(2)) == "no drift"
    assert words.in_short(made(0)) == "too little data"


def test_only_a_drift_is_one(tmp_path: Path) -> None:
    path = tmp_path / "drift.json"
    assert words.drift_of(path) is None
    write_json(path, made(1, low=0.6))
    assert words.drift_of(path) is None
    write_json(path, {"drifted": 1, "over": ["rating_shift"]})  # of former times
    assert words.drift_of(path) is None
    write_json(path, found := made(2, low=0.6))
    assert words.drift_of(path) == found


def test_one_star_is_no_stars() -> None:
    assert [words.how_many(each) for each in (1.0, 4.5)] == ["1 star", "4.5 stars"]
