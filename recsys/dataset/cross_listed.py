"""One row for a review that the shop shows on the page of every variant or combo.

Rows of one user in one minute with one text are one review. Rows without a text are one review if
they stand on products that a review with a text has shown to be listed together; otherwise they are
a basket, and all stay.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl

from recsys.files.normal_forms import normalised

SilentRow = tuple[str, int]  # product_id and row of an interaction without a text
SAME_REVIEW = ["user_id", "text", "minute"]
MINUTE = pl.col("timestamp").dt.truncate("1m").alias("minute")


@dataclass(frozen=True)
class CrossListed:
    """How many rows are one review: `groups` of them, `rows` in these, `dropped` of the rows."""

    groups: int
    rows: int
    dropped: int


def one_per_cross_listed(
    interactions: pl.DataFrame,
) -> tuple[pl.DataFrame, CrossListed]:
    """The interactions with one row of each cross-listed group, the one with the smallest product
    id; and how many there were.

    Reads user_id, product_id, timestamp and comment; the other columns stay as they are.
    """
    keyed = _keyed(interactions)
    listed = _listed_with_text(keyed)
    if not len(listed):
        return interactions, CrossListed(0, 0, 0)
    kept = listed.unique(SAME_REVIEW, keep="first", maintain_order=True)
    groups = _groups_without_text(keyed, _pairs_listed_together(listed))
    with_text = listed.join(kept, on="row", how="anti")["row"].to_numpy()
    without_text = [row for group in groups for _, row in sorted(group)[1:]]
    dropped = np.concatenate([with_text, np.array(without_text, dtype=np.uint32)])
    is_kept = np.ones(len(interactions), dtype=bool)
    is_kept[dropped] = False
    count = CrossListed(
        groups=len(kept) + len(groups),
        rows=len(listed) + sum(len(group) for group in groups),
        dropped=len(dropped),
    )
    return interactions.filter(pl.Series(is_kept)), count


def _keyed(interactions: pl.DataFrame) -> pl.LazyFrame:
    """The columns that are needed, and the number of each row."""
    columns = ("row", "user_id", "product_id", "timestamp", "comment")
    return interactions.lazy().with_row_index("row").select(columns)


def _listed_with_text(keyed: pl.LazyFrame) -> pl.DataFrame:
    """Rows of reviews with a text that stand on two products or more, by product id, then row."""
    commented = keyed.filter(pl.col("comment") != "").with_columns(MINUTE).collect()
    # cheap first: most rows share their user and minute with none
    candidates = commented.filter(pl.len().over("user_id", "minute") > 1)
    text = normalised(candidates["comment"], "NFC").str.strip_chars()
    written = candidates.with_columns(text=text).filter(pl.col("text") != "")
    products = pl.col("product_id").n_unique().over(SAME_REVIEW)
    return written.filter(products > 1).sort("product_id", "row")


def _pairs_listed_together(listed: pl.DataFrame) -> set[tuple[str, str]]:
    """Pairs of products, smaller id first, that some review with a text stands on."""
    products = pl.col("product_id").unique().sort()
    together = listed.group_by(SAME_REVIEW).agg(products)["product_id"].unique()
    return {pair for ids in together.to_list() for pair in combinations(ids, 2)}


def _groups_without_text(
    keyed: pl.LazyFrame, pairs: set[tuple[str, str]]
) -> list[list[SilentRow]]:
    """Groups of rows without a text that are one review: connected through `pairs`."""
    known = sorted({product for pair in pairs for product in pair})
    is_silent = pl.col("comment").str.strip_chars() == ""
    silent = keyed.filter(is_silent).with_columns(MINUTE).collect()
    together = (
        silent.filter(pl.col("product_id").is_in(known))
        .group_by("user_id", "minute", maintain_order=True)
        .agg(pl.col("product_id"), pl.col("row"))
        .filter(pl.col("row").list.len() > 1)
    )
    groups = []
    for products, rows in together.select("product_id", "row").iter_rows():
        silent_rows = sorted(zip(products, rows, strict=True))
        groups += [group for group in _connected(silent_rows, pairs) if len(group) > 1]
    return groups


def _connected(
    rows: list[SilentRow], pairs: set[tuple[str, str]]
) -> list[list[SilentRow]]:
    """The rows in groups: two are in one if a chain of `pairs` leads from product to product."""
    left, groups = list(rows), []
    while left:
        group = [left.pop(0)]
        for product, _ in group:  # it grows while it is walked through
            linked = [row for row in left if tuple(sorted((product, row[0]))) in pairs]
            left = [row for row in left if row not in linked]
            group += linked
        groups.append(group)
    return groups
