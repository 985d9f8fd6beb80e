"""The first run makes the reference; what came since is compared with it, and nothing else is."""

import json
import logging
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from recsys.drift import reference
from recsys.files.arrays import pack_ids
from recsys.files.tables import write_table
from recsys.program.errors import ConfigError, DataError
from stages import drift as stage
from tests.recsys.drift.worlds import UNTIL, params, rows, weeks
from tests.worlds import Shop, complains, make_shop, snapshot

RNG = np.random.default_rng(1)
BEFORE, SINCE = weeks(-9, -1, RNG), weeks(0, 1, RNG, low=0.6)


def drift_shop(folder: Path, *events: Any, **changes: Any) -> Shop:
    shop = make_shop(folder)
    ids = [f"p{item:02}" for item in range(40)]
    names = ["Son môi", None, *ids[2:]]
    products = pl.DataFrame({"product_id": ids, "product_name": names})
    write_table(products, shop.merged / "products.parquet")
    shop.embeddings.parent.mkdir(parents=True)
    np.savez(
        shop.embeddings,
        product_ids=pack_ids(ids[1:]),  # one has no text
        vectors=np.ones((39, 3), dtype=np.float32),
        encoder=np.frombuffer(b"by hand", dtype=np.uint8),
    )
    bought(shop, *(events or BEFORE))
    shop.configure(drift={**params().model_dump(), **changes})
    return shop


def bought(shop: Shop, *events: Any, replaced: Sequence[Any] = ()) -> None:
    write_table(rows(*events), shop.processed / "interactions.parquet")
    write_table(rows(*replaced), shop.processed / "replaced.parquet")


def run(shop: Shop) -> dict[str, Any]:
    stage.main(
        shop.processed,
        shop.merged / "products.parquet",
        shop.embeddings,
        shop.folder / "data/reference",
        shop.folder / "metrics/drift.json",
        shop.folder / "reports/drift.html",
        shop.params,
    )
    found: dict[str, Any] = json.loads((shop.folder / "metrics/drift.json").read_text())
    return found


def test_the_first_run_makes_the_reference_and_no_run_changes_it(
    tmp_path: Path,
) -> None:
    shop = drift_shop(tmp_path)
    first = run(shop)
    assert first["verdict"] == "too_little_data"
    assert (first["reference"]["why"], first["reference"]["until"]) == (
        "first run",
        UNTIL.isoformat(),
    )
    kept = snapshot(tmp_path / "data/reference")
    bought(shop, *BEFORE, *SINCE)
    found = run(shop)
    assert (found["verdict"], found["drifted"]) == ("drift", ["rating"])
    assert "<h1>Drift: drift</h1>" in (tmp_path / "reports/drift.html").read_text()
    assert snapshot(tmp_path / "data/reference") == kept


def test_the_same_data_gives_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    shop = drift_shop(tmp_path)
    run(shop)
    bought(shop, *BEFORE, *SINCE)
    run(shop)
    first = (tmp_path / "metrics/drift.json").read_bytes()
    bought(shop, *SINCE[::-1], *BEFORE)
    run(shop)
    assert (tmp_path / "metrics/drift.json").read_bytes() == first


def test_what_the_model_was_trained_on_counts_as_it_was(tmp_path: Path) -> None:
    """A later purchase of the same product takes the place of the earlier one in the data."""
    shop = drift_shop(tmp_path)
    reference.write(tmp_path / "data/reference", rows(*BEFORE), "deployment", "als-1")
    bought(shop, *BEFORE[200:], *SINCE)
    found = run(shop)
    assert (found["reference"]["model_id"], found["reference"]["events"]) == (
        "als-1",
        540,
    )
    assert found["weeks"][0]["events"] == 60


def test_another_scorer_of_comments_is_no_drift(tmp_path: Path) -> None:
    """All comments say less by today's, those of the reference too."""
    shop = drift_shop(tmp_path)
    run(shop)
    rng = np.random.default_rng(2)
    lower = [(*one[:3], one[3] - 0.3, one[4]) for one in [*BEFORE, *weeks(0, 2, rng)]]
    bought(shop, *lower)
    quality = run(shop)["measures"]["quality"]
    assert quality["verdict"] == "none" and quality["effect"] < 0.05
    bought(shop, *BEFORE, *lower[len(BEFORE) :])  # theirs alone
    assert run(shop)["measures"]["quality"]["verdict"] == "drift"


def test_a_log_says_it_in_a_short_table(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shop = drift_shop(tmp_path)
    with caplog.at_level(logging.INFO, "drift"):
        run(shop)
    assert caplog.messages[0].endswith("reference.json made of the data as it stands")
    assert caplog.messages[1].startswith("drift: too little data; 0 windows of 7 days")
    assert caplog.messages[2].startswith("  too little data of all measures: ")


def test_names_of_products_and_those_without(tmp_path: Path) -> None:
    shop = drift_shop(tmp_path)
    run(shop)
    newest = [
        (user, "p00", stars, quality, day) for user, _, stars, quality, day in SINCE
    ]
    bought(shop, *BEFORE, *newest)
    risen = run(shop)["moved"]["risen"]
    assert [(one["product_id"], one["name"]) for one in risen] == [("p00", "Son môi")]


def test_a_missing_table_is_one_line_and_no_reference_is_made(tmp_path: Path) -> None:
    shop = drift_shop(tmp_path)
    (shop.processed / "interactions.parquet").unlink()
    with complains(DataError, shop.processed / "interactions.parquet"):
        run(shop)
    assert not (tmp_path / "data/reference").exists()


def test_a_torn_reference_stays_and_is_told_with_the_next_step(tmp_path: Path) -> None:
    shop = drift_shop(tmp_path)
    path = tmp_path / "data/reference/reference.json"
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    with complains(DataError, path, "runner.py drift --update-reference"):
        run(shop)
    assert path.read_text() == "{}"
    assert not (tmp_path / "metrics").exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"window_days": 8},
        {"level": 0.0},
        {"top_items": 0},
        {"resamples": 9},
        {"floors": {"rating": 0.1}},
    ],
)
def test_wrong_params_are_one_line_that_names_the_key(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    with complains(ConfigError, f"drift.{next(iter(changes))}"):
        run(drift_shop(tmp_path, **changes))


def test_late_events_are_neither(tmp_path: Path) -> None:
    shop = drift_shop(tmp_path)
    run(shop)
    late = rows(("x", "p01", 5.0, 0.5, -3))
    assert late["timestamp"][0] == UNTIL - timedelta(days=3)
    write_table(
        pl.concat([rows(*BEFORE), late]), shop.processed / "interactions.parquet"
    )
    assert run(shop)["weeks"][-1]["events"] == 60


def repeats(weeks: int, seed: int) -> list[Any]:
    """A quiet shop of 800 customers who buy again what they have bought, six times of ten."""
    rng, had = np.random.default_rng(seed), dict[int, list[int]]()
    events = []
    for week in range(-60, weeks):
        for _ in range(rng.poisson(150)):
            user = int(rng.integers(800))
            mine = had.setdefault(user, [])
            if mine and rng.random() < 0.6:
                item = mine[int(rng.integers(len(mine)))]
            else:
                mine.append(item := int(rng.zipf(1.5)) % 40)
            day = 7 * (week + float(rng.random()))
            events.append((f"u{user}", f"p{item:02}", 4.0, 0.5, day))
    return events


def parted(events: list[Any]) -> tuple[list[Any], list[Any]]:
    """The latest of each user and product, and the others, as process parts them."""
    latest: dict[tuple[str, str], Any] = {}
    for event in sorted(events, key=lambda one: one[4]):
        latest[event[:2]] = event
    kept = set(latest.values())
    return list(latest.values()), [event for event in events if event not in kept]


@pytest.mark.parametrize("seed", [1, 2])
def test_repeated_purchases_are_no_drift(tmp_path: Path, seed: int) -> None:
    """By the latest purchases alone each newer week has more users who were never there before."""
    every = repeats(14, seed)
    then = [event for event in every if event[4] <= 0]

    def verdict(folder: Path, *, with_replaced: bool) -> str:
        shop = drift_shop(folder, level=0.01, reference_weeks=26)
        for events in (then, every):
            latest, replaced = parted(events)
            bought(shop, *latest, replaced=replaced if with_replaced else ())
            found = run(shop)
        return str(found["verdict"])

    assert verdict(tmp_path / "all", with_replaced=True) == "none"
    assert verdict(tmp_path / "latest", with_replaced=False) == "drift"
