"""Make events of interactions, split them, and lay out the matrices that the models learn from.

reads   interactions.parquet, products.parquet      what merge wrote
        data/cache/quality.*    scores of comments that are known already: speed, never results
writes  interactions.parquet    an event a row: user_id, product_id, user_index, item_index (-1: none), rating,
                                comment_quality, confidence, timestamp, part (train, test, unused)
        users.parquet           user_index, user_id, train_interactions: the trainable users, as they first appeared
        items.parquet           item_index, product_id, train_interactions, in_catalogue: all items, by id
        X_train_confidence.npz  csr (users, items) float32, rating + comment quality of the training positives
        X_train_binary.npz      csr (users, items) float32, 1 where there is a training positive
        X_hard_negatives.npz    csr (users, items) float32, 1 where there is a dislike
        test.parquet            user_index, item_index, user_id, product_id
        validation.parquet      the same columns: each user's latest training positive, if another one stays. It is in
                                the matrices; whoever chooses a setting takes it out first (recsys/validation.py)
        data_stats.json         what there is, for people, drift and health
"""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
from pydantic import Field
from scipy.sparse import csr_matrix

from recsys import split
from recsys.arrays import write_arrays
from recsys.artifacts import write_json
from recsys.contract import REVIEWS
from recsys.door import PARAMS_FILE, enter
from recsys.errors import DataError
from recsys.events import CrossListed, first_seen_codes, latest_per_pair, one_per_cross_listed, sorted_codes
from recsys.params import Section, load
from recsys.quality import QualityParams, score
from recsys.tables import read_table, write_table

log = logging.getLogger("process")

PARTS = ("train", "test", "unused")
READ = ["user_id", "product_id", "rating", "comment", "timestamp", "file"]
LONGEST = 10  # interactions of a user; the last bar of the histogram is for as many or more


class Params(Section):
    positive_threshold: float = Field(ge=1, le=5)
    min_interactions: int = Field(ge=1)
    split: Literal["leave_one_out", "global_time"]
    test_share: float = Field(gt=0, lt=1)
    quality: QualityParams


@dataclass(frozen=True)
class Shop:
    """Events in codes, sorted by user and item, and what the codes mean."""

    events: split.Events
    before: split.Events  # what the events were before the newest batch; the same where there is none
    rows: pl.DataFrame  # timestamp, file, comment_quality of each event
    user_ids: pl.Series  # by user code
    item_ids: pl.Series  # by item code, which is the item_index


def to_events(interactions: pl.DataFrame, products: pl.DataFrame) -> Shop:
    """One event per user and item. Users are coded as they first appear, items by the order of their ids."""
    user, user_ids = first_seen_codes(interactions["user_id"])
    item_ids = pl.concat([interactions["product_id"].unique(), products["product_id"]]).unique().sort()
    item = sorted_codes(interactions["product_id"], item_ids)
    newest = interactions["file"][-1]  # merge has the batches in their order, after the raw reviews
    older = np.flatnonzero((interactions["file"] != newest).to_numpy()) if newest != REVIEWS.file else None
    rows, events = _latest(user, item, interactions)
    before = _latest(user[older], item[older], interactions[older])[1] if older is not None and len(older) else events
    return Shop(events, before, rows.drop("rating"), user_ids, item_ids)


def _latest(user: np.ndarray, item: np.ndarray, interactions: pl.DataFrame) -> tuple[pl.DataFrame, split.Events]:
    """The latest row of each user and item, and the events that they are."""
    chosen = latest_per_pair(user, item, interactions)
    rows = interactions[["timestamp", "file", "comment_quality", "rating"]][chosen]
    time = rows["timestamp"].dt.epoch("us").to_numpy()
    return rows, split.Events(user[chosen], item[chosen], rows["rating"].to_numpy(), time)


def assign_parts(events: split.Events, users: int, params: Params) -> tuple[np.ndarray, np.ndarray]:
    """Part of each event (events,) and which users are trainable (users,), by the split of the params."""
    limits = (params.positive_threshold, params.min_interactions)
    if params.split == "leave_one_out":
        trainable = split.trainable_users(events, np.ones(len(events), dtype=bool), users, *limits)
        return split.leave_one_out(events, trainable, params.positive_threshold), trainable
    cut = split.cut_time(events, params.test_share)
    trainable = split.trainable_users(events, events.time < cut, users, *limits)
    return split.global_time(events, trainable, params.positive_threshold, cut), trainable


def newly_trainable(shop: Shop, trainable: np.ndarray, params: Params) -> int:
    """Users who were not trainable before the newest batch; 0 if there is no batch."""
    if shop.before is shop.events:
        return 0
    _, before = assign_parts(shop.before, len(trainable), params)
    return int((trainable & ~before).sum())


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
    shop: Shop, part: np.ndarray, trainable: np.ndarray, newly: int, listed: CrossListed, interactions: int
) -> dict[str, Any]:
    """data_stats.json: counts, shares and distributions."""
    events = shop.events
    length = np.bincount(np.minimum(np.bincount(events.user, minlength=len(trainable)), LONGEST), minlength=LONGEST + 1)
    stars = np.bincount(np.rint(events.rating).astype(np.int64), minlength=6)
    train = int((part == split.TRAIN).sum())
    oldest, newest = (
        datetime.fromtimestamp(int(end) / 1e6, UTC).isoformat() for end in (events.time.min(), events.time.max())
    )
    return {
        "interactions": interactions,
        "events": len(events),
        "users": len(trainable),
        "trainable_users": int(trainable.sum()),
        "cold_start_users": int((~trainable).sum()),
        "newly_trainable_users": newly,
        "items": len(shop.item_ids),
        "items_with_training_interactions": len(np.unique(events.item[part == split.TRAIN])),
        "train_interactions": train,
        "test_interactions": int((part == split.TEST).sum()),
        "sparsity": round(1 - train / (int(trainable.sum()) * len(shop.item_ids)), 6),
        "cross_listed": {"groups": listed.groups, "rows": listed.rows, "dropped": listed.dropped},
        "rating_share": {str(star): round(int(stars[star]) / len(events), 6) for star in range(1, 6)},
        "users_by_history_length": {
            (f"{LONGEST}+" if size == LONGEST else str(size)): int(length[size]) for size in range(1, LONGEST + 1)
        },
        "oldest_event": oldest,
        "newest_event": newest,
    }


def matrix(user: np.ndarray, item: np.ndarray, value: np.ndarray, shape: tuple[int, int]) -> csr_matrix:
    """csr (users, items) float32 of the events given, columns sorted in each row."""
    made = csr_matrix((value.astype(np.float32), (user.astype(np.int32), item.astype(np.int32))), shape=shape)
    made.sort_indices()
    return made


def write_matrices(
    out: Path, index: np.ndarray, shop: Shop, part: np.ndarray, confidence: np.ndarray, threshold: float
) -> None:
    """The three matrices, of the training events only; `index` (users,) is the user_index of a user code."""
    shape = (int((index >= 0).sum()), len(shop.item_ids))
    train, positive = part == split.TRAIN, shop.events.rating >= threshold
    for name, rows, value in (
        ("X_train_confidence", train & positive, confidence),
        ("X_train_binary", train & positive, np.ones(len(part), dtype=np.float32)),
        ("X_hard_negatives", train & ~positive, np.ones(len(part), dtype=np.float32)),
    ):
        made = matrix(index[shop.events.user[rows]], shop.events.item[rows], value[rows], shape)
        parts = {"indices": made.indices, "indptr": made.indptr, "data": made.data}
        # the keys of scipy.sparse.save_npz, so that load_npz reads it
        write_arrays(out / f"{name}.npz", **parts, format=np.array(b"csr"), shape=np.array(made.shape))


def write_id_maps(out: Path, index: np.ndarray, shop: Shop, train: np.ndarray, catalogue: pl.Series) -> None:
    """users.parquet and items.parquet; `train` (events,) bool are the training events."""
    trainable = np.flatnonzero(index >= 0)
    counts = np.bincount(shop.events.user[train], minlength=len(index))[trainable]
    users = {"user_index": np.arange(len(trainable)), "user_id": shop.user_ids[trainable], "train_interactions": counts}
    write_table(pl.DataFrame(users), out / "users.parquet")
    items = {
        "item_index": np.arange(len(shop.item_ids)),
        "product_id": shop.item_ids,
        "train_interactions": np.bincount(shop.events.item[train], minlength=len(shop.item_ids)),
        "in_catalogue": shop.item_ids.is_in(catalogue.implode()),
    }
    write_table(pl.DataFrame(items), out / "items.parquet")


def write_events(
    out: Path,
    index: np.ndarray,
    shop: Shop,
    part: np.ndarray,
    quality: np.ndarray,
    confidence: np.ndarray,
    threshold: float,
) -> None:
    """interactions.parquet, and of it test.parquet and validation.parquet."""
    columns = {
        "user_id": shop.user_ids[shop.events.user],
        "product_id": shop.item_ids[shop.events.item],
        "user_index": index[shop.events.user].astype(np.int32),
        "item_index": shop.events.item.astype(np.int32),
        "rating": shop.events.rating,
        "comment_quality": quality,
        "confidence": confidence,
        "timestamp": shop.rows["timestamp"],
        "part": pl.Series(PARTS, dtype=pl.Enum(PARTS))[part],
    }
    events = pl.DataFrame(columns)
    write_table(events, out / "interactions.parquet")
    validation = np.sort(split.latest_positives(shop.events, part == split.TRAIN, threshold))
    for name, rows in (("test", np.flatnonzero(part == split.TEST)), ("validation", validation)):
        write_table(events[rows].select("user_index", "item_index", "user_id", "product_id"), out / f"{name}.parquet")


def main(merged: Path, cache: Path, out: Path, params: Path = Path(PARAMS_FILE)) -> None:
    settings = load(Params, "process", params)
    products = read_table(merged / "products.parquet", ["product_id"])
    interactions = read_table(merged / "interactions.parquet", READ)
    count = len(interactions)
    from_raw = (interactions["file"] == REVIEWS.file).to_numpy()
    quality = score(interactions["comment"], interactions["rating"].to_numpy(), from_raw, settings.quality, cache)
    interactions = interactions.with_columns(comment_quality=quality)
    single, listed = one_per_cross_listed(interactions)
    del interactions  # 20 million of them are gigabytes
    shop = to_events(single, products)
    del single
    part, trainable = assign_parts(shop.events, len(shop.user_ids), settings)
    check_usable(shop.events.rating, trainable, part, settings)
    quality = shop.rows["comment_quality"].to_numpy()
    confidence = shop.events.rating.astype(np.float32) + quality
    index = np.where(trainable, np.cumsum(trainable) - 1, -1)
    write_matrices(out, index, shop, part, confidence, settings.positive_threshold)
    write_id_maps(out, index, shop, part == split.TRAIN, products["product_id"])
    write_events(out, index, shop, part, quality, confidence, settings.positive_threshold)
    stats = statistics(shop, part, trainable, newly_trainable(shop, trainable, settings), listed, count)
    write_json(out / "data_stats.json", stats)
    log.info(
        "processed: %d interactions, %d events, %d trainable users, %d test interactions",
        count,
        len(part),
        stats["trainable_users"],
        stats["test_interactions"],
    )


if __name__ == "__main__":
    enter(main)
