"""Which events train, and which test: leave-one-out, or everything after a point in time."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field

from recsys.dataset.ties import Names, lots
from recsys.program.errors import DataError
from recsys.program.params import Section

TRAIN, TEST, UNUSED = 0, 1, 2
PARTS = ("train", "test", "unused")  # their names in a table, in this order


class SplitParams(Section):
    """Who is trainable, what a positive is, and what is held out as the test."""

    positive_threshold: float = Field(ge=1, le=5)
    min_interactions: int = Field(ge=1)
    split: Literal["leave_one_out", "global_time"]
    test_share: float = Field(gt=0, lt=1)


@dataclass(frozen=True)
class Events:
    """Columns of the events, sorted by (user, item, time), each shape (events,). A pair of user and
    item stands there once, or twice: before and after a cut in time.
    """

    user: np.ndarray  # int64 codes
    item: np.ndarray  # int64 codes, in the order of the external ids
    rating: np.ndarray  # float64
    time: np.ndarray  # int64, microseconds
    names: Names | None = None  # the ids behind the codes

    def __len__(self) -> int:
        return len(self.user)


class Split(NamedTuple):
    """The part of each event, and which users a model learns from."""

    part: np.ndarray  # (events,) int64: TRAIN, TEST or UNUSED
    trainable: np.ndarray  # (users,) bool


def split_events(events: Events, users: int, params: SplitParams) -> Split:
    """The events of `users` user codes, split as the params say."""
    threshold, least = params.positive_threshold, params.min_interactions
    if params.split == "leave_one_out":
        every = np.ones(len(events), dtype=bool)
        trainable = trainable_users(events, every, users, threshold, least)
        return Split(leave_one_out(events, trainable, threshold), trainable)
    cut = cut_time(events, params.test_share)
    trainable = trainable_users(events, events.time < cut, users, threshold, least)
    return Split(global_time(events, trainable, threshold, cut), trainable)


def check_usable(rating: np.ndarray, split: Split, params: SplitParams) -> None:
    """DataError if there is nothing to learn from, or nothing to test on; `rating` (events,)."""
    if not (rating >= params.positive_threshold).any():
        raise DataError(
            f"data/raw: none of the {len(rating)} events has a rating of "
            f"{params.positive_threshold:g} or more (process.positive_threshold), so there is no "
            f"positive to learn from; check the column rating"
        )
    if not split.trainable.any():
        raise DataError(
            f"data/raw: no user has {params.min_interactions} interactions "
            f"(process.min_interactions) with a positive among them; more data is needed"
        )
    if not (split.part == TEST).any():
        raise DataError(f"data/raw: {_no_test(params)}")


def _no_test(params: SplitParams) -> str:
    """Why nothing is held out as a test, and the next step."""
    if params.split == "leave_one_out":
        return (
            "no user has a second positive, so none can be held out as a test; "
            "more data is needed"
        )
    return (
        f"among the newest {params.test_share:g} of the events (process.test_share) no trainable "
        f"user has a positive of a product that is new to them, so there is no test; set a larger "
        f"process.test_share, or process.split to leave_one_out"
    )


def trainable_users(
    events: Events, rows: np.ndarray, users: int, threshold: float, least: int
) -> np.ndarray:
    """Users (users,) bool with at least `least` interactions and one positive among `rows`
    (events,) bool.
    """
    positive = rows & (events.rating >= threshold)
    interactions = np.bincount(events.user[rows], minlength=users)
    positives = np.bincount(events.user[positive], minlength=users)
    return (interactions >= least) & (positives >= 1)


def latest_positives(events: Events, rows: np.ndarray, threshold: float) -> np.ndarray:
    """Indices of the latest positive of each user among `rows` (events,) bool, where another one of
    theirs stays there.

    The total order of a user's positives is (time, rating, lot): the last one is the latest. Lots
    (recsys/dataset/ties.py) are drawn only where time and rating are equal.
    """
    positive = np.flatnonzero(rows & (events.rating >= threshold))
    if not len(positive):
        return positive
    left, starts = positive, starts_of(events.user[positive])
    has_another = np.diff(starts, append=len(left)) > 1
    for column in (events.time, events.rating):
        left = _greatest(left, starts, column[left])
        starts = starts_of(events.user[left])
    if len(left) > len(starts):
        left = _drawn(left, starts, events)
    latest: np.ndarray = left[has_another]
    return latest


def _drawn(rows: np.ndarray, starts: np.ndarray, events: Events) -> np.ndarray:
    """One of each user's `rows` (n,), by lot where there are several."""
    counts = np.diff(starts, append=len(rows))
    is_tied = np.repeat(counts > 1, counts)
    tied, lot = rows[is_tied], np.zeros(len(rows), np.uint64)
    lot[is_tied] = lots(events.user[tied], events.item[tied], events.names)
    return _greatest(rows, starts, lot)


def _greatest(rows: np.ndarray, starts: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Those of the `rows` (n,) with the greatest of the `values` (n,) of their user, each of whom
    begins at one of `starts`.
    """
    most = np.maximum.reduceat(values, starts)
    greatest: np.ndarray = rows[
        values == np.repeat(most, np.diff(starts, append=len(rows)))
    ]
    return greatest


def starts_of(user: np.ndarray) -> np.ndarray:
    """Where each user's events begin, (users,) int64; `user` (events,) is sorted, not empty."""
    return np.flatnonzero(np.append(True, user[1:] != user[:-1]))


def leave_one_out(
    events: Events, trainable: np.ndarray, threshold: float
) -> np.ndarray:
    """The part of each event (events,): a trainable user's latest positive is TEST if another
    positive stays.
    """
    part = np.where(trainable[events.user], TRAIN, UNUSED)
    part[latest_positives(events, part == TRAIN, threshold)] = TEST
    return part


def cut_time(events: Events, test_share: float) -> int:
    """The time at which the newest `test_share` of the events begins, the latest of each user and
    item: equal times are on one side.
    """
    ordered = np.sort(events.time[~_is_repeated(events)])
    place = int(np.ceil(len(ordered) * (1 - test_share)))
    return int(ordered[min(len(ordered) - 1, place)])


def _is_repeated(events: Events) -> np.ndarray:
    """Which events (events,) bool have a later one of the same user and item."""
    same = np.zeros(len(events), dtype=bool)
    same[:-1] = (events.user[1:] == events.user[:-1]) & (
        events.item[1:] == events.item[:-1]
    )
    return same


def global_time(
    events: Events, trainable: np.ndarray, threshold: float, cut: int
) -> np.ndarray:
    """The part of each event (events,): TRAIN before `cut`; positives of trainable users from `cut`
    on are TEST, but of items that the user has touched before: these are seen, and not ranked.
    """
    known = trainable[events.user]
    before = events.time < cut
    is_new = np.append(True, ~_is_repeated(events)[:-1])[: len(events)]
    wanted = known & is_new & (events.rating >= threshold)
    return np.where(known & before, TRAIN, np.where(wanted, TEST, UNUSED))
