"""What merge would write of small worlds, and what process makes of it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import load_npz

from recsys.files.tables import write_table
from recsys.shop_csv.contract import REVIEWS
from stages import process
from tests.interaction_rows import interactions
from tests.worlds import Shop, make_shop

Row = tuple[str, str, float, str, str]


ROWS: list[Row] = [
    ("a", "p1", 5, "tốt", "2024-01-01 10:00:00"),
    ("a", "p2", 4, "", "2024-01-02 10:00:00"),
    ("a", "p3", 1, "tệ", "2024-01-03 10:00:00"),
    ("b", "p1", 5, "", "2024-01-01 11:00:00"),
    ("b", "p3", 5, "đẹp", "2024-01-05 11:00:00"),
    ("b", "p2", 2, "", "2024-01-06 11:00:00"),
    ("c", "p2", 5, "", "2024-01-04 12:00:00"),  # one interaction: cold start
    ("d", "p2", 3, "", "2024-01-04 12:00:00"),
    ("d", "p1", 2, "", "2024-01-05 12:00:00"),  # no positive: cold start
]
SIMPLE = {
    "scorer": "simple",
    "no_comment": 0.5,
    "informative_words": 12.0,
    "mismatch_penalty": 0.5,
    "max_training_texts": 40000,
    "model": "none/none",
    "revision": "main",
    "batch_size": 2,
    "max_length": 16,
}
ONE_WORD = 0.25 + 0.75 * (
    1 - np.exp(-1 / 12)
)  # quality of a comment of one word, by the scorer `simple`
FIRST, SECOND = "000001-aaaaaaaaaaaaaaaa.csv", "000002-0000000000000000.csv"


def merged_shop(
    folder: Path,
    rows: list[Row],
    products: tuple[str, ...] = ("p1", "p2", "p3", "p4"),
    batches: dict[str, list[Row]] | None = None,
    **settings_: Any,
) -> Shop:
    """What merge writes of raw reviews and of batches, in this order."""
    shop = make_shop(folder)
    files = {REVIEWS.file: rows, **(batches or {})}
    frame = interactions(
        *(row for each in files.values() for row in each)
    ).with_columns(
        line=pl.Series(
            [at + 2 for each in files.values() for at in range(len(each))],
            dtype=pl.Int64,
        ),
        file=pl.Series(
            [name for name, each in files.items() for _ in each], dtype=pl.String
        ),
    )
    write_table(frame, shop.merged / "interactions.parquet")
    write_table(
        pl.DataFrame({"product_id": products}, schema={"product_id": pl.String}),
        shop.merged / "products.parquet",
    )
    shop.configure(process={"quality": SIMPLE, **settings_})
    return shop


def run(shop: Shop) -> None:
    process.main(shop.merged, shop.cache, shop.processed, shop.params)


def matrix(shop: Shop, name: str) -> np.ndarray:
    dense: np.ndarray = load_npz(shop.processed / f"{name}.npz").toarray()
    return dense


def stats(shop: Shop) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        (shop.processed / "data_stats.json").read_text(encoding="utf-8")
    )
    return found
