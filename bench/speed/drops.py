"""Drops of so many new rows for a generated shop, of known customers or of new ones."""

import csv
from pathlib import Path

import numpy as np
import polars as pl

HEADER = ["user_id", "product_id", "rating", "comment", "timestamp"]
STARS = (5, 5, 5, 5, 4, 2)
SAID = ("rất tốt", "thơm và dịu nhẹ", "giao nhanh", "hơi khô da", "sẽ mua lại")


def ids(path: Path, column: str) -> list[str]:
    """The ids in a column of a CSV file, once each, sorted."""
    table = pl.read_csv(
        path, columns=[column], infer_schema=False, truncate_ragged_lines=True
    )
    good = pl.col(column).str.contains(r"^\w+$")
    return table.filter(good)[column].unique().sort().to_list()


def drop(raw: Path, staging: Path, rows: int, number: int, known: bool) -> Path:
    """A finished drop of `rows` rows for the shop in `raw`; another `number`, other rows.

    Its customers are drawn from the reviews if they are `known`, else each row has a new one.
    Ratings, products and comments are drawn too; a comment is one of its kind.
    """
    rng = np.random.default_rng([number, rows, known])
    products = ids(raw / "data_product.csv", "product_id")
    users = [f"new{number}x{row}" for row in range(rows)]
    if known:
        users = ids(raw / "data_reviews_purchase.csv", "user_id")
        users = rng.choice(users, rows, replace=rows > len(users)).tolist()
    unfinished = staging / f".drop{number}"
    with unfinished.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(HEADER)
        for row, user in enumerate(users):
            said, product = rng.choice(SAID), rng.choice(products)
            day = f"2026-10-{row % 28 + 1:02}T{number % 24:02}:{row % 60:02}:00+07:00"
            stars = rng.choice(STARS)
            writer.writerow([user, product, stars, f"{said}, lần {number}.{row}", day])
    return unfinished.rename(staging / f"drop{number}.csv")
