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
                                the matrices; whoever chooses a setting takes it out first
                                (recsys/dataset/interactions.py)
        data_stats.json         what there is, for people, drift and health
"""

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field

from recsys.comments.quality import QualityParams, score
from recsys.dataset import split
from recsys.dataset.events import (
    CrossListed,
    Shop,
    is_raw,
    one_per_cross_listed,
    to_events,
)
from recsys.dataset.folder import write_events, write_id_maps, write_matrices
from recsys.files.atomic import write_json
from recsys.files.tables import read_table
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import DataError
from recsys.program.params import Section, load

log = logging.getLogger("process")
READ = ["user_id", "product_id", "rating", "comment", "timestamp", "file"]
LONGEST = 10  # interactions of a user; the last bar of the histogram is for as many or more


class Params(Section):
    positive_threshold: float = Field(ge=1, le=5)
    min_interactions: int = Field(ge=1)
    split: Literal["leave_one_out", "global_time"]
    test_share: float = Field(gt=0, lt=1)
    quality: QualityParams


def assign_parts(events: split.Events, users: int, params: Params) -> tuple[np.ndarray, np.ndarray]:
    """Part of each event (events,) and which users are trainable (users,), by the split of the
    params.
    """
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


def check_usable(
    rating: np.ndarray, trainable: np.ndarray, part: np.ndarray, params: Params
) -> None:
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
    shop: Shop,
    part: np.ndarray,
    trainable: np.ndarray,
    newly: int,
    listed: CrossListed,
    interactions: int,
) -> dict[str, Any]:
    """data_stats.json: counts, shares and distributions."""
    events = shop.events
    length = np.bincount(
        np.minimum(np.bincount(events.user, minlength=len(trainable)), LONGEST),
        minlength=LONGEST + 1,
    )
    stars = np.bincount(np.rint(events.rating).astype(np.int64), minlength=6)
    train = int((part == split.TRAIN).sum())
    oldest, newest = (
        datetime.fromtimestamp(int(end) / 1e6, UTC).isoformat()
        for end in (events.time.min(), events.time.max())
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
        "rating_share": {
            str(star): round(int(stars[star]) / len(events), 6) for star in range(1, 6)
        },
        "users_by_history_length": {
            (f"{LONGEST}+" if size == LONGEST else str(size)): int(length[size])
            for size in range(1, LONGEST + 1)
        },
        "oldest_event": oldest,
        "newest_event": newest,
    }


def main(merged: Path, cache: Path, out: Path, params: Path = Path(PARAMS_FILE)) -> None:
    settings = load(Params, "process", params)
    products = read_table(merged / "products.parquet", ["product_id"])
    interactions = read_table(merged / "interactions.parquet", READ)
    count = len(interactions)
    from_raw = is_raw(interactions["file"])
    quality = score(
        interactions["comment"],
        interactions["rating"].to_numpy(),
        from_raw,
        settings.quality,
        cache,
    )
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
    stats = statistics(
        shop, part, trainable, newly_trainable(shop, trainable, settings), listed, count
    )
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
