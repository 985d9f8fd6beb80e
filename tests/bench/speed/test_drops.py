"""Drops for a generated shop."""

from pathlib import Path

import polars as pl
import pytest

from bench.house.imports import ROOT
from bench.speed.drops import HEADER, drop

RAW = ROOT / "data" / "sample"


def ids(column: str, file: str) -> set[str]:
    table = pl.read_csv(RAW / file, columns=[column], infer_schema=False)
    return set(table[column].to_list())


@pytest.mark.parametrize("known", [True, False])
def test_customers_are_known_or_new_as_asked(tmp_path: Path, known: bool) -> None:
    path = drop(RAW, tmp_path, 50, 1, known)
    rows = pl.read_csv(path, infer_schema=False)
    assert path.name == "drop1.csv" and [*tmp_path.iterdir()] == [path]
    assert rows.columns == HEADER and len(rows) == 50
    users = set(rows["user_id"].to_list())
    assert bool(users & ids("user_id", "data_reviews_purchase.csv")) == known
    assert set(rows["product_id"].to_list()) <= ids("product_id", "data_product.csv")
    assert rows["comment"].n_unique() == 50


def test_another_number_gives_other_rows(tmp_path: Path) -> None:
    texts = [drop(RAW, tmp_path, 5, number, True).read_text() for number in (1, 2, 1)]
    assert texts[0] != texts[1] and texts[0] == texts[2]
