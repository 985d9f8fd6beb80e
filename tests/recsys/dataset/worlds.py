"""What the tests of the dataset share."""

from pathlib import Path

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix

from recsys.dataset.events import latest_per_pair, sorted_codes
from recsys.shop_csv.contract import REVIEWS


def values(frame: pl.DataFrame) -> list[tuple[str, str, float, str]]:
    """User, product, rating and comment of each row."""
    return frame.select("user_id", "product_id", "rating", "comment").rows()


def latest(frame: pl.DataFrame) -> pl.DataFrame:
    """The latest interactions of each user and item, in the order of their ids; rows are of the
    raw file where there is no column `file`.
    """
    if "file" not in frame.columns:
        frame = frame.with_columns(file=pl.lit(REVIEWS.file))
    codes = (
        sorted_codes(frame[name], frame[name].unique().sort())
        for name in ("user_id", "product_id")
    )
    return frame[latest_per_pair(*codes, frame)]


def csr(rows: list[list[float]]) -> csr_matrix:
    """csr float32 of dense rows."""
    return csr_matrix(np.array(rows, np.float32))


def pairs(path: Path, users: list, items: list) -> Path:
    """A table of these indices at `path`, whatever their types."""
    columns = {"user_index": users, "item_index": items, "rating": 5.0}
    pl.DataFrame(columns, strict=False).write_parquet(path)
    return path
