"""Each kind of file: from the file to interactions, by `init` and the stage merge."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bench.house.imports import ROOT
from ops.init import command
from ops.quarantine import export
from ops.quarantine.places import Places
from ops.quarantine.replay import replay
from stages import merge
from tests.ops.init.examples import EXAMPLES, ITEMS, USERS, half_stars, rows
from tests.worlds import Shop, make_shop

PAGE = ROOT / "docs/your-data.md"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A project with the shipped params.yaml, its folder the present one."""
    shop = make_shop(tmp_path / "project")
    shop.params.write_bytes((ROOT / "params.yaml").read_bytes())
    monkeypatch.chdir(shop.folder)
    return shop


def init(paths: list[Path], options: str = "") -> None:
    """Run the command in this process."""
    words = options.split()
    given: dict[str, Any] = dict(zip(words[::2], words[1::2], strict=True))
    command.main(paths, zone=given.get("--zone"), yes=True)


def merged(shop: Shop) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Run the stage; the interactions, and metrics/merge.json."""
    merge.main(
        shop.raw,
        shop.staging,
        shop.batches,
        shop.merged,
        shop.metrics,
        shop.params,
        translations=shop.folder / "data/cache/source",
    )
    found = json.loads(shop.metrics.read_text(encoding="utf-8"))
    return pl.read_parquet(shop.merged / "interactions.parquet"), found


@pytest.mark.parametrize("name", EXAMPLES)
def test_from_the_file_to_interactions(name: str, shop: Shop, tmp_path: Path) -> None:
    example = EXAMPLES[name]
    paths = example.write(tmp_path)
    init(paths, example.options)
    frame, found = merged(shop)
    assert found["accepted"] == found["read"] == len(frame) == example.rows
    assert frame["user_id"].n_unique() == USERS
    assert found["products"] == frame["product_id"].n_unique() == ITEMS
    assert example.user in set(frame["user_id"])
    assert frame["rating"].is_between(1, 5).all()


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_page_shows_the_command(name: str) -> None:
    example = EXAMPLES[name]
    names = " ".join(example.make())
    wanted = f"python runner.py init {names} {example.options}".strip()
    assert wanted in PAGE.read_text(encoding="utf-8")


def test_the_values_are_those_of_the_file(shop: Shop, tmp_path: Path) -> None:
    """Excel: decimal commas, latin-1, DD/MM/YYYY in Berlin."""
    init(EXAMPLES["excel"].write(tmp_path), "--zone Europe/Berlin")
    frame, found = merged(shop)
    first = rows()[0]
    shown = frame.row(0, named=True)
    assert shown["user_id"] == f"K{first.user:03}"
    assert shown["product_id"] == f"Käse-{first.item:02}"
    assert shown["rating"] == round(1 + 4 * (half_stars(first) - 0.5) / 4.5, 6)
    assert shown["line"] == 2
    assert shown["timestamp"].hour in (22, 23)  # midnight in Berlin
    converted = found["converted"]["bewertungen.csv"]["converted"]
    assert converted == {"decimal commas": 1056, "rows from cp1252": 1056}


def test_texts_of_products_are_found(shop: Shop, tmp_path: Path) -> None:
    init(EXAMPLES["amazon"].write(tmp_path))
    merged(shop)
    products = pl.read_parquet(shop.merged / "products.parquet")
    first = products.row(0, named=True)
    assert (first["product_id"], first["brand"], first["type"]) == (
        "B0001",
        "House 1",
        "Books",
    )
    assert "A story about old ships." in first["processed_description"]


def test_names_of_products_come_from_the_interactions(
    shop: Shop, tmp_path: Path
) -> None:
    init(EXAMPLES["shopify"].write(tmp_path))
    merged(shop)
    products = pl.read_parquet(shop.merged / "products.parquet")
    assert products["product_name"][0] == "Tea 1, old ships"


def test_drops_go_through_the_same_mapping(shop: Shop, tmp_path: Path) -> None:
    init(EXAMPLES["excel"].write(tmp_path), "--zone Europe/Berlin")
    drop = (
        "Kunde;Artikel;Bewertung;Datum;Bemerkung\r\nneu;Käse-01;4,5;01/02/2024;süß\r\n"
    )
    (shop.staging / "montag.csv").write_bytes(drop.encode("cp1252"))
    _, found = merged(shop)
    frame, _ = merged(shop)
    assert found["accepted"] == 1057
    assert frame.row(-1, named=True)["comment"] == "süß"
    assert (shop.staging / ".translated").is_dir()


def test_a_second_run_gives_the_same_bytes_and_translates_nothing(
    shop: Shop, tmp_path: Path
) -> None:
    init(EXAMPLES["movielens"].write(tmp_path))
    merged(shop)
    kept = sorted((shop.folder / "data/cache/source").iterdir())
    first = {path: path.read_bytes() for path in shop.merged.iterdir()}
    times = [path.stat().st_mtime_ns for path in kept]
    merged(shop)
    assert {path: path.read_bytes() for path in shop.merged.iterdir()} == first
    assert [path.stat().st_mtime_ns for path in kept] == times


def test_rows_that_were_refused_go_out_and_come_back_mended(
    shop: Shop, tmp_path: Path
) -> None:
    """The rows of a shop's own file are exported in the form of a drop, with their own lines."""
    path, mend = tmp_path / "own.csv", tmp_path / "mend.csv"
    good = "".join(f"u{at};p{at};4,5;31/12/2024\n" for at in range(9))
    path.write_text(f"user;item;stars;date\n{good}u9;p1;4,5;31/13/2024\n")
    init([path], "--zone UTC")
    places = Places(shop.folder)
    _, found = merged(shop)
    assert (found["accepted"], found["quarantined"]) == (9, 1)
    rows = pl.read_parquet(places.quarantine)
    assert rows.select("file", "line", "column", "reason").rows() == [
        ("own.csv", 11, "timestamp", "time_format")
    ]
    exported = export.refused(export.in_a_drop(rows, places), places)
    assert exported[0].cells == ("u9", "p1", "4.5", "", "31/13/2024")
    export.export(exported, mend)
    mend.write_text(mend.read_text("utf-8-sig").replace("31/13", "31/12"))
    replay(mend, places, datetime.now(UTC))
    _, found = merged(shop)
    assert (found["accepted"], found["quarantined"], found["mended"]) == (10, 0, 1)
