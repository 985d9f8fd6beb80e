"""Which events train, and which test: leave-one-out, or everything after a point in time."""

from dataclasses import dataclass

import numpy as np

TRAIN, TEST, UNUSED = 0, 1, 2


@dataclass(frozen=True)
class Events:
    """Columns of the events, sorted by (user, item), each shape (events,)."""

    user: np.ndarray  # int64 codes
    item: np.ndarray  # int64 codes, in the order of the external ids
    rating: np.ndarray  # float64
    time: np.ndarray  # int64, microseconds

    def __len__(self) -> int:
        return len(self.user)


def trainable_users(
    events: Events, rows: np.ndarray, users: int, threshold: float, least: int
) -> np.ndarray:
    """Users (users,) bool with at least `least` interactions and one positive among `rows`
    (events,) bool.
    """
    interactions = np.bincount(events.user[rows], minlength=users)
    positives = np.bincount(events.user[rows & (events.rating >= threshold)], minlength=users)
    return (interactions >= least) & (positives >= 1)


def latest_positives(events: Events, rows: np.ndarray, threshold: float) -> np.ndarray:
    """Indices of the latest positive of each user among `rows` (events,) bool, where another one of
    his stays there.

    The total order of a user's positives is (time, rating, item): the last one is the latest.
    """
    positive = np.flatnonzero(rows & (events.rating >= threshold))
    order = positive[
        np.lexsort(
            (
                events.item[positive],
                events.rating[positive],
                events.time[positive],
                events.user[positive],
            )
        )
    ]
    user = events.user[order]
    last = np.append(user[1:] != user[:-1], True) if len(user) else np.zeros(0, dtype=bool)
    second = np.insert(user[1:] == user[:-1], 0, False) if len(user) else last
    latest: np.ndarray = order[last & second]
    return latest


def leave_one_out(events: Events, trainable: np.ndarray, threshold: float) -> np.ndarray:
    """The part of each event (events,): a trainable user's latest positive is TEST if another
    positive stays.
    """
    part = np.where(trainable[events.user], TRAIN, UNUSED)
    part[latest_positives(events, part == TRAIN, threshold)] = TEST
    return part


def cut_time(events: Events, test_share: float) -> int:
    """The time at which the newest `test_share` of the events begins: equal times are on one side."""
    ordered = np.sort(events.time)
    return int(ordered[min(len(ordered) - 1, int(np.ceil(len(ordered) * (1 - test_share))))])


def global_time(events: Events, trainable: np.ndarray, threshold: float, cut: int) -> np.ndarray:
    """The part of each event (events,): TRAIN before `cut`; positives of trainable users from `cut`
    on are TEST.
    """
    known = trainable[events.user]
    before = events.time < cut
    return np.where(
        known & before, TRAIN, np.where(known & (events.rating >= threshold), TEST, UNUSED)
    )
