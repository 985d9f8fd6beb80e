"""Events with numbers for users, items and windows: the reference, and what came since."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl

from recsys.files.places import first_seen, places
from recsys.files.tables import read_table

COLUMNS = ["user_id", "product_id", "rating", "comment_quality", "timestamp"]
# in data/processed: the latest of each user and product, and those before it
EVENTS, REPLACED = "interactions.parquet", "replaced.parquet"
DAY = 86_400_000_000  # microseconds
WEEK = 7 * DAY
SILENT = 0.1  # of the median of the weeks after it: a week with fewer events is silent
SILENCE = (
    6  # silent weeks, one after the other, that what came before is not compared beyond
)


@dataclass(frozen=True, eq=False)
class Events:
    """Those of the reference, then those since, in the order of time; of equal times as they stand
    in the tables. Arrays are (events,).
    """

    user: np.ndarray  # int64, from 0 in the order in which they first come
    item: np.ndarray  # int64, a place in item_ids
    rating: np.ndarray  # float64
    quality: np.ndarray  # float64, 0 to 1
    time: np.ndarray  # int64, microseconds
    item_ids: list[str]  # ascending
    in_catalogue: np.ndarray  # (items,) bool
    until: int  # of the newest event of the reference, microseconds

    def periods(self, length: int) -> np.ndarray:
        """In which period of this length (microseconds) each event is, (events,) int64.

        0 is the first one after the reference, -1 the last one of it. A period has its end, and
        not its beginning: the newest event of the reference is in -1.
        """
        return -((self.until - self.time) // length) - 1

    def complete(self, length: int) -> int:
        """How many periods since the reference are over: an event came at their end or later."""
        newest = int(self.time.max(initial=self.until))
        return max(0, (newest - self.until) // length)

    def after(self, time: int) -> "Events":
        """Those after this time, microseconds; users and items keep their numbers."""
        begin = int(np.searchsorted(self.time, time, side="right"))
        arrays = ("user", "item", "rating", "quality", "time")
        return replace(self, **{each: getattr(self, each)[begin:] for each in arrays})

    def lived(self, length: int) -> int:
        """How many whole periods there are from `begun` to the end of the reference."""
        return (self.until - self.begun) // length

    @cached_property
    def begun(self) -> int:
        """When what the reference can be compared by begins, microseconds: with the first event, or
        after the last long silence. A date of years ago that a test order or a default left is not
        years of a shop without customers.
        """
        weeks = self.periods(WEEK)
        counts = np.bincount(-1 - weeks[weeks < 0])  # the newest first
        silent = 0
        for at in range(1, len(counts)):
            is_silent = counts[at] < SILENT * np.median(counts[:at])
            silent = silent + 1 if is_silent else 0
            if silent == SILENCE:
                return self.until - (at + 1 - SILENCE) * WEEK
        return int(self.time.min(initial=self.until))


def read(*tables: Path) -> pl.DataFrame:
    """COLUMNS of all events of these tables. DataError if one is missing or torn.

    What a later purchase of the same product has replaced counts too: without it the older weeks of
    a shop with repeated purchases are thinner than the newest.
    """
    found = [read_table(table, COLUMNS) for table in tables]
    return pl.concat([found[0], *(rows for rows in found[1:] if len(rows))])


def scored_today(reference: pl.DataFrame, newest: pl.DataFrame) -> pl.DataFrame:
    """The events of the reference, COLUMNS, with the comment quality that `newest` has of the same
    ones; those that it does not have any more keep theirs. So both sides are by one scorer: another
    one, other settings of it, or what it has learned since are no change of the comments.
    """
    key, today = _keys(reference), newest["comment_quality"].alias("today")
    known = pl.DataFrame([_keys(newest), today]).unique("key", keep="first")
    found = key.to_frame().join(known, on="key", how="left", maintain_order="left")
    quality = pl.coalesce(found["today"], reference["comment_quality"])
    return reference.with_columns(quality.alias("comment_quality")).select(COLUMNS)


def _keys(events: pl.DataFrame) -> pl.Series:
    """A number of 64 bits that says which event it is, (events,) uint64. Of 20 million two are
    alike by chance once in 50,000 times; a join by the texts takes 5 GB more.
    """
    rows = events.select("user_id", "product_id", "timestamp")
    return rows.hash_rows(seed=0).alias("key")


def events_of(
    reference: pl.DataFrame, newest: pl.DataFrame, catalogue: Collection[str]
) -> Events:
    """The events of the reference, and those of `newest` that came later, with COLUMNS.

    What has come late, for a time before the end of the reference, is neither. ValueError if the
    reference is empty.
    """
    if not len(reference):
        raise ValueError("a reference without events")
    until = reference["timestamp"].max()
    since = newest.filter(pl.col("timestamp") > until)
    both = pl.concat([reference.select(COLUMNS), since.select(COLUMNS)])
    # ids are numbered as they stand, mostly by user: in the order of time each is far from the last
    user, item = first_seen(both["user_id"])[0], both["product_id"]
    items = item.unique().sort()
    ids = items.to_list()
    known = set(catalogue)
    time = both["timestamp"].dt.epoch("us")
    order = in_order(time)
    return Events(
        user=_renumbered(user[order]),
        item=places(item, items)[order],
        rating=both["rating"].cast(pl.Float64).to_numpy()[order],
        quality=both["comment_quality"].cast(pl.Float64).to_numpy()[order],
        time=time.to_numpy()[order],
        item_ids=ids,
        in_catalogue=np.array([each in known for each in ids], dtype=bool),
        until=int(reference["timestamp"].dt.epoch("us").max()),  # type: ignore[arg-type]  # a number: it is not empty
    )


def in_order(values: pl.Series) -> np.ndarray:
    """The order (n,) in which the values ascend, equal ones as they stand."""
    by_value = pl.arg_sort_by("value", maintain_order=True)
    order = values.alias("value").to_frame().select(by_value).to_series()
    found: np.ndarray = order.to_numpy()
    return found


def _renumbered(codes: np.ndarray) -> np.ndarray:
    """Codes (n,) int64 from 0 in the order in which they first come, for codes without gaps."""
    first = np.zeros(int(codes.max(initial=-1)) + 1, np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    number = np.empty_like(first)
    number[np.argsort(first)] = np.arange(len(first))
    found: np.ndarray = number[codes]
    return found


def grouped(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The order (n,) that puts equal keys (n,) int64, none below 0, together: ascending, and equal
    ones as they stood. And where each group begins in it, (groups + 1,).
    """
    bits = len(keys).bit_length()
    if int(keys.max(initial=0)).bit_length() + bits < 64:
        packed = (keys << bits) | np.arange(len(keys))
        packed.sort()  # several times as fast as an argsort
        order, ordered = packed & ((1 << bits) - 1), packed >> bits
    else:
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
    begin = np.flatnonzero(np.diff(ordered, prepend=-1, append=-2))
    return order, begin


def moment(microseconds: int) -> str:
    """ISO 8601, UTC."""
    return datetime.fromtimestamp(microseconds / 1e6, UTC).isoformat()
