"""data_stats.json: counts, shares and distributions of the events, for people and for health."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np

from recsys.dataset.cross_listed import CrossListed
from recsys.dataset.default_texts import DefaultTexts
from recsys.dataset.events import CodedEvents
from recsys.dataset.split import TEST, TRAIN, Split, SplitParams, split_events

LONGEST = (
    10  # interactions of a user; the last bar of the histogram is for as many or more
)


class Reviews(NamedTuple):
    """What the events were made of: how many interactions, and what of them was no review of its
    own, or no text.
    """

    interactions: int
    listed: CrossListed
    default_texts: DefaultTexts


def statistics(
    coded: CodedEvents,
    split: Split,
    params: SplitParams,
    reviews: Reviews,
) -> dict[str, Any]:
    """What data_stats.json says."""
    events, trainable = coded.events, split.trainable
    users, items = int(trainable.sum()), len(coded.item_ids)
    train = split.part == TRAIN
    train_interactions = int(train.sum())
    return {
        "interactions": reviews.interactions,
        "events": len(events),
        "users": len(trainable),
        "trainable_users": users,
        "cold_start_users": len(trainable) - users,
        "newly_trainable_users": newly_trainable(coded, trainable, params),
        "items": items,
        "items_with_training_interactions": int(
            np.count_nonzero(np.bincount(events.item[train]))
        ),
        "train_interactions": train_interactions,
        "test_interactions": int((split.part == TEST).sum()),
        "sparsity": round(1 - train_interactions / (users * items), 6),
        "cross_listed": asdict(reviews.listed),
        "default_texts": asdict(reviews.default_texts),
        "rating_share": rating_share(events.rating),
        "users_by_history_length": users_by_history_length(events.user, len(trainable)),
        "oldest_event": _utc(events.time.min()),
        "newest_event": _utc(events.time.max()),
    }


def newly_trainable(
    coded: CodedEvents, trainable: np.ndarray, params: SplitParams
) -> int:
    """Users who were not trainable before the newest batch; 0 if there is no batch."""
    if coded.before is None:
        return 0
    before = split_events(coded.before, len(trainable), params).trainable
    return int((trainable & ~before).sum())


def rating_share(rating: np.ndarray) -> dict[str, float]:
    """The share of the events that have each number of stars, rounded to the nearest star."""
    stars = np.bincount(np.floor(rating + 0.5).astype(np.int64), minlength=6)
    return {str(star): round(int(stars[star]) / len(rating), 6) for star in range(1, 6)}


def users_by_history_length(user: np.ndarray, users: int) -> dict[str, int]:
    """How many users have 1, 2, ... events; the last bar is for LONGEST or more."""
    lengths = np.minimum(np.bincount(user, minlength=users), LONGEST)
    counts = np.bincount(lengths, minlength=LONGEST + 1)
    names = [str(length) for length in range(1, LONGEST)] + [f"{LONGEST}+"]
    return dict(zip(names, counts[1:].tolist(), strict=True))


def _utc(microseconds: int) -> str:
    return datetime.fromtimestamp(int(microseconds) / 1e6, UTC).isoformat()
