"""Make events of interactions, split them, and lay out the matrices that the models learn from.

reads   interactions.parquet, products.parquet      what merge wrote
writes  interactions.parquet    an event a row: user_id, product_id, user_index, item_index (-1: none), rating,
                                comment_quality, confidence, timestamp, part (train, test, unused)
        users.parquet           user_index, user_id, train_interactions: the trainable users, by id
        items.parquet           item_index, product_id, train_interactions, in_catalogue: all items, by id
        X_train_confidence.npz  csr (users, items) float32, rating + comment quality of the training positives
        X_train_binary.npz      csr (users, items) float32, 1 where there is a training positive
        X_hard_negatives.npz    csr (users, items) float32, 1 where there is a dislike
        test.parquet            user_index, item_index, user_id, product_id
        data_stats.json         what there is, for people, drift and health
"""

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from pydantic import Field
from scipy.sparse import csr_matrix, save_npz

from recsys import split
from recsys.artifacts import atomic, write_json
from recsys.door import PARAMS_FILE, enter
from recsys.errors import DataError
from recsys.events import CrossListed, latest_per_pair, one_per_cross_listed
from recsys.params import Section, load
from recsys.quality import QualityParams, score
from recsys.tables import read_table, write_table

log = logging.getLogger("process")

PARTS = ("train", "test", "unused")


class Params(Section):
    positive_threshold: float = Field(ge=1, le=5)
    min_interactions: int = Field(ge=1)
    split: Literal["leave_one_out", "global_time"]
    test_share: float = Field(gt=0, lt=1)
    quality: QualityParams


def number(interactions: pl.DataFrame, products: pl.DataFrame) -> tuple[pl.DataFrame, list[str], list[str]]:
    """Add integer codes `user`, `item` in the order of the ids; and the ids themselves. Items: all that are known."""
    users = interactions["user_id"].unique().sort()
    items = pl.concat([interactions["product_id"], products["product_id"]]).unique().sort()
    coded = interactions.with_columns(
        user=pl.col("user_id").cast(pl.Enum(users)).to_physical().cast(pl.Int64),
        item=pl.col("product_id").cast(pl.Enum(items)).to_physical().cast(pl.Int64),
    )
    return coded, users.to_list(), items.to_list()


def assign_parts(events: split.Events, users: int, params: Params) -> tuple[np.ndarray, np.ndarray]:
    """Part of each event (events,) and which users are trainable (users,), by the split of the params."""
    if params.split == "leave_one_out":
        rows = np.ones(len(events), dtype=bool)
        trainable = split.trainable_users(events, rows, users, params.positive_threshold, params.min_interactions)
        return split.leave_one_out(events, trainable, params.positive_threshold), trainable
    cut = split.cut_time(events, params.test_share)
    trainable = split.trainable_users(
        events, events.time < cut, users, params.positive_threshold, params.min_interactions
    )
    return split.global_time(events, trainable, params.positive_threshold, cut), trainable


def matrix(user: np.ndarray, item: np.ndarray, value: np.ndarray, shape: tuple[int, int]) -> csr_matrix:
    """csr (users, items) float32 of the events given, columns sorted in each row."""
    made = csr_matrix((value.astype(np.float32), (user, item)), shape=shape)
    made.sort_indices()
    return made


def check_usable(rating: np.ndarray, trainable: np.ndarray, part: np.ndarray, params: Params) -> None:
    """DataError if there is nothing to learn from, or nothing to test on."""
    if not (rating >= params.positive_threshold).any():
        raise DataError(
            f"data/raw: none of the {len(rating)} events has a rating of {params.positive_threshold:g} or more "
            f"(process.positive_threshold), so there is no positive to learn from; check the column rating"
        )
    if not trainable.any():
        raise DataError(
            f"data/raw: no user has {params.min_interactions} interactions (process.min_interactions) with a "
            f"positive among them; more data is needed"
        )
    if not (part == split.TEST).any():
        raise DataError(
            "data/raw: no user has a second positive, so none can be held out as a test; more data is needed"
        )


def statistics(
    events: pl.DataFrame, trainable: np.ndarray, items: int, listed: CrossListed, rows: int
) -> dict[str, object]:
    """data_stats.json: counts, shares and distributions."""
    train = events.filter(pl.col("part") == "train")
    length = np.bincount(events["user"].to_numpy(), minlength=len(trainable))
    histogram = np.bincount(np.minimum(length, 10), minlength=11)
    stars = events.group_by(pl.col("rating").round().cast(pl.Int64)).len().sort("rating")
    newest: datetime = events["timestamp"].max()  # type: ignore[assignment]
    oldest: datetime = events["timestamp"].min()  # type: ignore[assignment]
    cells = int(trainable.sum()) * items
    return {
        "interactions": rows,
        "events": len(events),
        "users": len(trainable),
        "trainable_users": int(trainable.sum()),
        "cold_start_users": int((~trainable).sum()),
        "items": items,
        "items_with_training_interactions": train["item"].n_unique(),
        "train_interactions": len(train),
        "test_interactions": int((events["part"] == "test").sum()),
        "sparsity": round(1 - len(train) / cells, 6),
        "cross_listed": {"groups": listed.groups, "rows": listed.rows, "dropped": listed.dropped},
        "rating_share": {str(star): round(count / len(events), 6) for star, count in stars.iter_rows()},
        "users_by_history_length": {
            ("10+" if n == 10 else str(n)): int(count) for n, count in enumerate(histogram) if n
        },
        "oldest_event": oldest.astimezone(UTC).isoformat(),
        "newest_event": newest.astimezone(UTC).isoformat(),
    }


def main(merged: Path, out: Path, params: Path = Path(PARAMS_FILE)) -> None:
    settings = load(Params, "process", params)
    interactions, products = read_table(merged / "interactions.parquet"), read_table(merged / "products.parquet")
    single, listed = one_per_cross_listed(interactions)
    coded, user_ids, item_ids = number(latest_per_pair(single), products)
    columns = split.Events(
        coded["user"].to_numpy(),
        coded["item"].to_numpy(),
        coded["rating"].to_numpy(),
        coded["timestamp"].dt.epoch("us").to_numpy(),
    )
    part, trainable = assign_parts(columns, len(user_ids), settings)
    check_usable(columns.rating, trainable, part, settings)
    index = np.where(trainable, np.cumsum(trainable) - 1, -1)
    quality = score(coded["comment"].to_list(), settings.quality)
    confidence = columns.rating.astype(np.float32) + quality
    events = coded.with_columns(
        user_index=pl.Series(index[columns.user]),
        comment_quality=quality,
        confidence=confidence,
        part=pl.Series(part).replace_strict(dict(enumerate(PARTS)), return_dtype=pl.String),
    )
    write_matrices(
        out,
        index[columns.user],
        columns,
        part,
        confidence,
        (int(trainable.sum()), len(item_ids)),
        settings.positive_threshold,
    )
    write_tables(out, events, [user_ids[u] for u in np.flatnonzero(trainable)], item_ids, set(products["product_id"]))
    stats = statistics(events, trainable, len(item_ids), listed, len(interactions))
    write_json(out / "data_stats.json", stats)
    log.info(
        "processed: %d interactions, %d events, %d trainable users, %d test interactions",
        len(interactions),
        len(events),
        trainable.sum(),
        stats["test_interactions"],
    )


def write_matrices(
    out: Path,
    user_index: np.ndarray,
    events: split.Events,
    part: np.ndarray,
    confidence: np.ndarray,
    shape: tuple[int, int],
    threshold: float,
) -> None:
    """The three matrices, of the training events only."""
    train, positive = part == split.TRAIN, events.rating >= threshold
    for name, rows, value in (
        ("X_train_confidence", train & positive, confidence),
        ("X_train_binary", train & positive, np.ones(len(events))),
        ("X_hard_negatives", train & ~positive, np.ones(len(events))),
    ):
        with atomic(out / f"{name}.npz") as temp, temp.open("wb") as handle:
            save_npz(handle, matrix(user_index[rows], events.item[rows], value[rows], shape))


def write_tables(
    out: Path, events: pl.DataFrame, user_ids: list[str], item_ids: list[str], catalogue: set[str]
) -> None:
    """The events, the id maps and the test."""
    train = events.filter(pl.col("part") == "train")
    counts = {
        name: np.bincount(train[name].to_numpy(), minlength=size)
        for name, size in (("user_index", len(user_ids)), ("item", len(item_ids)))
    }
    write_table(
        pl.DataFrame(
            {"user_index": np.arange(len(user_ids)), "user_id": user_ids, "train_interactions": counts["user_index"]}
        ),
        out / "users.parquet",
    )
    write_table(
        pl.DataFrame(
            {
                "item_index": np.arange(len(item_ids)),
                "product_id": item_ids,
                "train_interactions": counts["item"],
                "in_catalogue": [item in catalogue for item in item_ids],
            }
        ),
        out / "items.parquet",
    )
    table = events.select(
        "user_id",
        "product_id",
        "user_index",
        pl.col("item").alias("item_index"),
        "rating",
        "comment_quality",
        "confidence",
        "timestamp",
        "part",
    )
    write_table(table, out / "interactions.parquet")
    write_table(
        table.filter(pl.col("part") == "test").select("user_index", "item_index", "user_id", "product_id"),
        out / "test.parquet",
    )


if __name__ == "__main__":
    enter(main)
