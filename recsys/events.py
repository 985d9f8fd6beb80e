"""From interactions to events: one for a cross-listed review, and the latest for a user and a product."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl


@dataclass(frozen=True)
class CrossListed:
    """What was found: `groups` of rows that are one review, `rows` in them, `dropped` of these."""

    groups: int
    rows: int
    dropped: int


def one_per_cross_listed(interactions: pl.DataFrame) -> tuple[pl.DataFrame, CrossListed]:
    """Keep one row of each cross-listed group: the one with the smallest product id.

    A shop shows one review on the page of every variant or combo. Rows of one user in one minute with one text are
    one review. Rows without a text are one review if they stand on products that a review with a text has shown to
    be listed together; otherwise they are a basket, and all stay.
    """
    keyed = interactions.with_row_index("row").with_columns(
        minute=pl.col("timestamp").dt.truncate("1m"), text=pl.col("comment").str.normalize("NFC").str.strip_chars()
    )
    written = keyed.filter(pl.col("text") != "")
    group = ["user_id", "text", "minute"]
    size = written.select(pl.col("product_id").n_unique().over(group)).to_series()
    listed = written.filter(size > 1).sort("product_id", "row")
    kept = listed.unique(group, keep="first", maintain_order=True)
    drop = [listed.join(kept, on="row", how="anti")["row"].to_numpy()]
    groups, rows = len(kept), len(listed)
    if len(listed):
        silent = _silent_groups(keyed.filter(pl.col("text") == ""), _pairs(listed, group))
        groups += len(silent)
        rows += sum(len(one) for one in silent)
        drop += [np.array([row for _, row in sorted(one)[1:]], dtype=np.uint32) for one in silent]
    dropped = np.concatenate(drop)
    keep = np.ones(len(interactions), dtype=bool)
    keep[dropped] = False
    return interactions.filter(pl.Series(keep)), CrossListed(groups, rows, len(dropped))


def _pairs(listed: pl.DataFrame, group: list[str]) -> set[tuple[str, str]]:
    """Pairs of products, smaller id first, that some review with a text stands on."""
    products = listed.group_by(group).agg(pl.col("product_id").unique().sort())["product_id"].unique()
    return {pair for together in products.to_list() for pair in combinations(together, 2)}


def _silent_groups(silent: pl.DataFrame, pairs: set[tuple[str, str]]) -> list[list[tuple[str, int]]]:
    """Groups of (product_id, row) without a text that are one review: connected through `pairs`."""
    known = sorted({product for pair in pairs for product in pair})
    together = (
        silent.filter(pl.col("product_id").is_in(known))
        .group_by("user_id", "minute", maintain_order=True)
        .agg(pl.col("product_id"), pl.col("row"))
        .filter(pl.col("row").list.len() > 1)
    )
    found = []
    for products, rows in together.select("product_id", "row").iter_rows():
        left = sorted(zip(products, rows, strict=True))
        while left:
            group = [left.pop(0)]
            for one in group:
                joined = [other for other in left if tuple(sorted((one[0], other[0]))) in pairs or one[0] == other[0]]
                left = [other for other in left if other not in joined]
                group += joined
            if len(group) > 1:
                found.append(group)
    return found


def latest_per_pair(events: pl.DataFrame) -> pl.DataFrame:
    """The latest event of each user and product, sorted by both; at the same time the higher rating, then the text."""
    order = ["user_id", "product_id", "timestamp", "rating", "comment"]
    return events.sort(order).unique(["user_id", "product_id"], keep="last", maintain_order=True)
