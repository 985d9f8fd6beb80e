"""From interactions to events: one for a cross-listed review, and the latest for a user and a
product.
"""

import re
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl

from recsys.dataset import split

# a sealed batch's name (recsys/intake/batches.py writes it); rows of any other file are raw
_BATCH = re.compile(r"\d{6,}-[0-9a-f]{16}\.csv")


def is_raw(files: pl.Series) -> np.ndarray:
    """Which rows (rows,) bool the shop's raw file holds, by the names of their files; the others
    came in a sealed batch.
    """
    raw = [file for file in files.unique() if not _BATCH.fullmatch(file)]
    return files.is_in(raw).to_numpy()


@dataclass(frozen=True)
class CrossListed:
    """What was found: `groups` of rows that are one review, `rows` in them, `dropped` of these."""

    groups: int
    rows: int
    dropped: int


def one_per_cross_listed(interactions: pl.DataFrame) -> tuple[pl.DataFrame, CrossListed]:
    """Keep one row of each cross-listed group: the one with the smallest product id.

    A shop shows one review on the page of every variant or combo. Rows of one user in one minute
    with one text are one review. Rows without a text are one review if they stand on products that
    a review with a text has shown to be listed together; otherwise they are a basket, and all stay.
    """
    columns = ("row", "user_id", "product_id", "timestamp", "comment")
    keyed = interactions.lazy().with_row_index("row").select(columns)
    minute, text = (
        pl.col("timestamp").dt.truncate("1m"),
        pl.col("comment").str.normalize("NFC").str.strip_chars(),
    )
    written = (
        keyed.filter(pl.col("comment") != "")
        .with_columns(minute=minute, text=text)
        .filter(pl.col("text") != "")
    )
    group = ["user_id", "text", "minute"]
    # cheap first: most rows share their user and minute with none
    candidates = written.filter(pl.struct("user_id", "minute").is_duplicated()).collect()
    size = candidates.select(pl.col("product_id").n_unique().over(group)).to_series()
    listed = candidates.filter(size > 1).sort("product_id", "row")
    if not len(listed):
        return interactions, CrossListed(0, 0, 0)
    kept = listed.unique(group, keep="first", maintain_order=True)
    silent_rows = (
        keyed.filter(pl.col("comment").str.strip_chars() == "")
        .with_columns(minute=minute)
        .collect()
    )
    silent = _silent_groups(silent_rows, _pairs(listed, group))
    dropped = np.concatenate(
        [
            listed.join(kept, on="row", how="anti")["row"].to_numpy(),
            *(np.array([row for _, row in sorted(one)[1:]], dtype=np.uint32) for one in silent),
        ]
    )
    keep = np.ones(len(interactions), dtype=bool)
    keep[dropped] = False
    found = CrossListed(
        len(kept) + len(silent), len(listed) + sum(len(one) for one in silent), len(dropped)
    )
    return interactions.filter(pl.Series(keep)), found


def _pairs(listed: pl.DataFrame, group: list[str]) -> set[tuple[str, str]]:
    """Pairs of products, smaller id first, that some review with a text stands on."""
    products = (
        listed.group_by(group).agg(pl.col("product_id").unique().sort())["product_id"].unique()
    )
    return {pair for together in products.to_list() for pair in combinations(together, 2)}


def _silent_groups(
    silent: pl.DataFrame, pairs: set[tuple[str, str]]
) -> list[list[tuple[str, int]]]:
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
                joined = [other for other in left if tuple(sorted((one[0], other[0]))) in pairs]
                left = [other for other in left if other not in joined]
                group += joined
            if len(group) > 1:
                found.append(group)
    return found


def first_seen_codes(ids: pl.Series) -> tuple[np.ndarray, pl.Series]:
    """Codes (rows,) int64 from 0 in the order in which ids first appear, and the ids by code."""
    coded = ids.to_arrow(compat_level=pl.CompatLevel.oldest()).dictionary_encode()
    return coded.indices.to_numpy(zero_copy_only=False).astype(np.int64), pl.Series(
        pl.from_arrow(coded.dictionary)
    )


def sorted_codes(ids: pl.Series, known: pl.Series) -> np.ndarray:
    """Codes (rows,) int64 of ids by their place in `known`, which is sorted."""
    return ids.cast(pl.Enum(known)).to_physical().to_numpy().astype(np.int64)


def latest_per_pair(user: np.ndarray, item: np.ndarray, rows: pl.DataFrame) -> np.ndarray:
    """Rows (events,) of the latest interaction of each user and item, sorted by both codes.

    At the same time the higher rating counts, then the text that sorts last.
    """
    pair = user * (int(item.max()) + 1) + item
    keys = pl.DataFrame(
        {"pair": pair, "time": rows["timestamp"], "rating": rows["rating"]}
    ).with_row_index("row")
    ordered = keys.sort("pair", "time", "rating")
    tied = np.ones(max(len(keys) - 1, 0), dtype=bool)
    for name in ("pair", "time", "rating"):
        column = ordered[name].to_numpy()
        tied &= column[1:] == column[:-1]
    if tied.any():
        ordered = keys.with_columns(comment=rows["comment"]).sort(
            "pair", "time", "rating", "comment"
        )
    sorted_pair = ordered["pair"].to_numpy()
    last: np.ndarray = np.append(sorted_pair[1:] != sorted_pair[:-1], True)
    return np.asarray(ordered["row"].to_numpy()[last])


@dataclass(frozen=True)
class Shop:
    """Events in codes, sorted by user and item, and what the codes mean."""

    events: split.Events
    before: (
        split.Events
    )  # what the events were before the newest batch; the same where there is none
    rows: pl.DataFrame  # timestamp, file, comment_quality of each event
    user_ids: pl.Series  # by user code
    item_ids: pl.Series  # by item code, which is the item_index


def to_events(interactions: pl.DataFrame, products: pl.DataFrame) -> Shop:
    """One event per user and item. Users are coded as they first appear, items by the order of
    their ids.
    """
    user, user_ids = first_seen_codes(interactions["user_id"])
    item_ids = (
        pl.concat([interactions["product_id"].unique(), products["product_id"]]).unique().sort()
    )
    item = sorted_codes(interactions["product_id"], item_ids)
    newest = interactions["file"][-1]  # merge has the batches in their order, after the raw reviews
    older = (
        np.flatnonzero((interactions["file"] != newest).to_numpy())
        if _BATCH.fullmatch(newest)
        else None
    )
    rows, events = _latest(user, item, interactions)
    before = (
        _latest(user[older], item[older], interactions[older])[1]
        if older is not None and len(older)
        else events
    )
    return Shop(events, before, rows.drop("rating"), user_ids, item_ids)


def _latest(
    user: np.ndarray, item: np.ndarray, interactions: pl.DataFrame
) -> tuple[pl.DataFrame, split.Events]:
    """The latest row of each user and item, and the events that they are."""
    chosen = latest_per_pair(user, item, interactions)
    rows = interactions[["timestamp", "file", "comment_quality", "rating"]][chosen]
    time = rows["timestamp"].dt.epoch("us").to_numpy()
    return rows, split.Events(user[chosen], item[chosen], rows["rating"].to_numpy(), time)
