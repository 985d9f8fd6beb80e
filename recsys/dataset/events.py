"""From interactions to events: the latest for a user and a product, in codes. Those before it are
kept for drift, which counts what happened in each week.

Where the split is a cut in time, what was known at the cut is not rewritten by what came later: of
a pair that stands on both sides of it, the latest on either side is an event.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from recsys.dataset import split
from recsys.dataset.ties import Names
from recsys.files.places import first_seen, places, runs

# of the events that a later one has replaced
REPLACED_COLUMNS = ["user_id", "product_id", "rating", "comment_quality", "timestamp"]
# a sealed batch's name (recsys/intake/batches.py writes it); rows of any other file are raw
BATCH_NAME = re.compile(r"\d{6,}-[0-9a-f]{16}\.csv")


def is_raw(files: pl.Series) -> np.ndarray:
    """Which rows (rows,) bool the shop's raw file holds, by the names of their files; the others
    came in a sealed batch.
    """
    raw = [file for file in files.unique() if not BATCH_NAME.fullmatch(file)]
    return files.is_in(raw).to_numpy()


@dataclass(frozen=True)
class CodedEvents:
    """Events in codes, sorted by user and item, and what the codes mean."""

    events: split.Events
    # the events without the newest batch; None: there is no batch
    before: split.Events | None
    rows: pl.DataFrame  # timestamp, file, comment_quality of each event
    replaced: (
        pl.DataFrame
    )  # REPLACED_COLUMNS of those at an earlier time than the event of a pair
    user_ids: pl.Series  # by user code
    item_ids: pl.Series  # by item code, which is the item_index


def to_events(
    interactions: pl.DataFrame, products: pl.DataFrame, params: split.SplitParams
) -> CodedEvents:
    """One event per user and item, or one on each side of the cut in time that `params` asks for.
    Users are coded as they first appear, items by the order of their ids, those of `products` among
    them.

    Reads user_id, product_id, rating, comment, comment_quality, timestamp and file.
    """
    user, user_ids = first_seen(interactions["user_id"])
    known_items = pl.concat(
        [interactions["product_id"].unique(), products["product_id"]]
    )
    item_ids = known_items.unique().sort()
    item = sorted_codes(interactions["product_id"], item_ids)
    coded = _Coded(user, item, interactions, Names(user_ids, item_ids))
    chosen = coded.latest(params)
    older = _before_newest_batch(interactions["file"])
    before = coded.only(older).latest(params).events if len(older) else None
    replaced = interactions[REPLACED_COLUMNS][chosen.replaced]
    rows = chosen.rows.drop("rating")
    return CodedEvents(chosen.events, before, rows, replaced, user_ids, item_ids)


class _Chosen(NamedTuple):
    """Rows that are events, what these are, and the places (n,) of those that they replace."""

    rows: pl.DataFrame
    events: split.Events
    replaced: np.ndarray


class _Coded(NamedTuple):
    """Interactions with the codes of their users and items, each (rows,) int64."""

    user: np.ndarray
    item: np.ndarray
    rows: pl.DataFrame
    names: Names

    def only(self, places: np.ndarray) -> "_Coded":
        """Some of the rows."""
        user, item = self.user[places], self.item[places]
        return _Coded(user, item, self.rows[places], self.names)

    def latest(self, params: split.SplitParams) -> _Chosen:
        """The latest row of each user and item, and the events that they are; or the latest on each
        side of a cut in time.
        """
        found = self._chosen(None)
        if params.split == "global_time":
            cut = split.cut_time(found.events, params.test_share)
            found = self._chosen(cut)
        return found

    def _chosen(self, cut: int | None) -> _Chosen:
        chosen, replaced = latest_and_replaced(self.user, self.item, self.rows, cut)
        columns = ["timestamp", "file", "comment_quality", "rating"]
        rows = self.rows[columns][chosen]
        time = rows["timestamp"].dt.epoch("us").to_numpy()
        user, item, rating = self.user[chosen], self.item[chosen], rows["rating"]
        events = split.Events(user, item, rating.to_numpy(), time, self.names)
        return _Chosen(rows, events, replaced)


def _before_newest_batch(files: pl.Series) -> np.ndarray:
    """Indices of the rows that came before the newest batch, none if there is no batch."""
    newest = files[-1]  # merge has the batches in their order, after the raw reviews
    if not BATCH_NAME.fullmatch(newest):
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero((files != newest).to_numpy())


def latest_per_pair(
    user: np.ndarray, item: np.ndarray, rows: pl.DataFrame
) -> np.ndarray:
    """Rows (events,) of the latest interaction of each user and item, sorted by both codes."""
    return latest_and_replaced(user, item, rows)[0]


def latest_and_replaced(
    user: np.ndarray, item: np.ndarray, rows: pl.DataFrame, cut: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Rows (events,) of the latest interaction of each user and item, sorted by both codes; with a
    `cut` (microseconds), of the latest before it and of the latest from it on. And those (n,) that
    it has replaced, in the same order: the last one at each earlier time.

    `user` and `item` (rows,) are the codes. At the same time what came last counts, so that a row
    which is dropped again with another rating corrects the former one. What the raw files hold came
    first, and in no order: there the higher rating counts, then the text that sorts last.
    """
    pair = user * (int(item.max()) + 1) + item
    if cut is not None:
        pair = 2 * pair + (rows["timestamp"].dt.epoch("us").to_numpy() >= cut)
    columns = {"pair": pair, "time": rows["timestamp"], "rating": rows["rating"]}
    keys = pl.DataFrame(columns).with_row_index("row")
    by = ["pair", "time", "rating"]
    if (came := _came(rows["file"])).any():
        keys, by = keys.with_columns(came=came), ["pair", "time", "came", "rating"]
    ordered = keys.sort(by)
    if _has_ties(ordered, by):
        with_text = keys.with_columns(comment=rows["comment"])
        ordered = with_text.sort(*by, "comment")
    row = ordered["row"].to_numpy()
    is_last = _is_last(ordered["pair"])
    is_replaced = (is_last | _is_last(ordered["time"])) & ~is_last
    return row[is_last], row[is_replaced]


def _is_last(ordered: pl.Series) -> np.ndarray:
    """Which values (n,) bool another one follows, or none."""
    values = ordered.to_numpy()
    return np.append(values[1:] != values[:-1], True)


def _came(files: pl.Series) -> np.ndarray:
    """In which order rows came, (rows,) int64, by their files: 0 for those of the raw files, which
    stand before the batches, then 1, 2, ... as they stand.
    """
    begins = runs(files)[:-1]
    batches = [
        begin
        for begin, file in zip(begins, files.gather(begins), strict=True)
        if BATCH_NAME.fullmatch(file)
    ]
    first = min(batches, default=len(files))
    found: np.ndarray = np.maximum(np.arange(len(files)) - first + 1, 0)
    return found


def _has_ties(ordered: pl.DataFrame, columns: list[str]) -> bool:
    """Whether two rows, one after the other, are equal in these columns."""
    tied = np.ones(max(len(ordered) - 1, 0), dtype=bool)
    for name in columns:
        column = ordered[name].to_numpy()
        tied &= column[1:] == column[:-1]
    return bool(tied.any())


def sorted_codes(ids: pl.Series, known: pl.Series) -> np.ndarray:
    """Codes (rows,) int64 of ids by their place in `known`, which is sorted."""
    return places(ids, known)
