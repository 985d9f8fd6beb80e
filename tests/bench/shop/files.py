"""A generated shop's files, as the tests read them."""

import csv
from itertools import groupby
from pathlib import Path

from bench.shop import dirt, generate

REVIEWS, PRODUCTS, ATTRIBUTES = (
    "data_reviews_purchase.csv",
    "data_product.csv",
    "data_product_attribute.csv",
)
FILES = (REVIEWS, PRODUCTS, ATTRIBUTES)
SMALL = ("--users", "200", "--products", "40")


def make(folder: Path, *options: str) -> Path:
    assert generate.main([str(folder), *options]) == 0
    return folder


def table(folder: Path, name: str) -> list[list[str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def is_clean(row: list[str]) -> bool:
    return (
        len(row) == 6
        and all((row[0], row[1]))
        and row[2] in set("12345")
        and row[5] != dirt.NO_SUCH_DAY
    )


def written(folder: Path) -> list[list[str]]:
    """Clean rows, one per review: the first of each run with the same user, comment and minute."""
    clean = [row for row in table(folder, REVIEWS)[1:] if is_clean(row)]
    return [
        next(run) for _, run in groupby(clean, key=lambda row: (row[0], row[3], row[5]))
    ]


def contents(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in FILES]
