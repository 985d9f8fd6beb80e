"""The first run makes the reference and finds no drift; no run rewrites it."""

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
    assert found["rate_shift"] == pytest.approx(
        (1.2 - 0.3) / 0.3
    )  # 12 events in the window
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
def test_what_is_no_reference_is_one_line_and_stays(
    tmp_path: Path, content: str
) -> None:
    shop = drift_shop(tmp_path)
    path = tmp_path / "data/reference/reference.json"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    with complains(DataError, path, "delete it"):
        run(shop)
    assert path.read_text() == content
    assert not (tmp_path / "metrics").exists()


@pytest.mark.parametrize("change", [{"top_items": 1}, {"window_days": 3}])
def test_with_another_window_a_new_reference_is_made_and_the_former_one_comes_back(
    tmp_path: Path, change: dict[str, int]
) -> None:
    """The same events would seem to drift because a setting was changed."""
    shop = drift_shop(tmp_path)
    run(shop)
    folder = tmp_path / "data/reference"
    first = (folder / "reference.json").read_bytes()
    shop.configure(drift={**PARAMS.model_dump(), **change})
    assert run(shop)["drifted"] == 0
    assert (folder / "reference-10-2.json").read_bytes() == first
    made = json.loads((folder / "reference.json").read_text())
    assert (made["window_days"], made["top_n"]) == (
        change.get("window_days", 10),
        change.get("top_items", 2),
    )
    shop.configure(drift=PARAMS.model_dump())
    run(shop)
    assert (folder / "reference.json").read_bytes() == first
    assert not (folder / "reference-10-2.json").exists()


def test_a_missing_table_is_one_line_and_no_reference_is_made(tmp_path: Path) -> None:
    shop = drift_shop(tmp_path)
    (shop.processed / "interactions.parquet").unlink()
    with complains(DataError, shop.processed / "interactions.parquet"):
        run(shop)
    assert not (tmp_path / "data/reference").exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"window_days": 0},
        {"max_rating_shift": 1.5},
        {"top_items": 0},
        {"max_rate_shift": -0.1},
    ],
)
def test_wrong_params_are_one_line_that_names_the_key(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    with complains(ConfigError, f"drift.{next(iter(changes))}"):
        run(drift_shop(tmp_path, **changes))
