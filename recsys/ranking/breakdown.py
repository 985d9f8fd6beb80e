"""Who gets good lists, and what is in them: metrics by group of test users, novelty, diversity.

The models are as they serve, beside popularity. A user with several test items stands with the one
of fewest positives. Intervals are Wilson's (recsys/statistics/wilson.py): a group may be small, and
a resample costs.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict
from scipy.sparse import csr_matrix

from recsys.dataset.interactions import users_of
from recsys.dataset.sparse import entries_per_row, item_counts
from recsys.files.atomic import write_json
from recsys.ranking.evaluation import named
from recsys.ranking.model_names import BASELINE, MODELS
from recsys.statistics import wilson

RANKERS = (*MODELS, BASELINE)
HISTORY = {  # fewest training positives -> name
    0: "no positive",
    1: "1 positive",
    2: "2 positives",
    3: "3 to 5 positives",
    6: "6 or more positives",
}
DECILES = 10

PerUser = Mapping[str, Mapping[str, np.ndarray]]  # ranker -> metric -> (users,) float64


class Group(BaseModel):
    """Some test users, and what the rankers are worth to them."""

    model_config = ConfigDict(frozen=True)

    name: str
    users: int
    # metrics by name with their intervals, by ranker
    rankers: dict[str, dict[str, float]]


class Lists(BaseModel):
    """What is in the lists of some test users."""

    model_config = ConfigDict(frozen=True)

    users: int
    novelty: float  # bits
    diversity: float  # 0: the same texts, 1: nothing in common


class Breakdown(BaseModel):
    """metrics/breakdown.json; the fields are the keys of the file, in their order."""

    model_config = ConfigDict(frozen=True)

    history: list[Group]  # by training positives of the user
    popularity: list[Group]  # by the decile of the test item, the most popular first
    cold: list[Group]  # by whether the test item is cold
    lists: dict[str, Lists]  # by ranker


class Grouping(NamedTuple):
    """Which group each user is of."""

    names: Sequence[str]
    of_users: np.ndarray  # (users,) indices of `names`


def breakdown(
    per_user: PerUser,
    metrics: Sequence[str],
    test: csr_matrix,
    user_items: csr_matrix,
    cold_threshold: int,
    lists: Mapping[str, np.ndarray],
    vectors: np.ndarray,
) -> Breakdown:
    """The breakdown of `metrics` of the users of `test`, and the figures of some `lists`.

    `per_user` has values (users,) in index order for those of RANKERS that there are; `test` and
    `user_items` (the training positives) are csr (users, items), `lists` (some users, k) items by
    ranker, -1 for none, `vectors` (items, d) float32. An item with fewer positives than
    `cold_threshold` is cold.
    """
    users, counts = users_of(test), item_counts(user_items)
    fewest = np.minimum.reduceat(counts[test.indices], test.indptr[users])
    groupings = (
        by_history(entries_per_row(user_items)[users]),
        by_popularity(fewest, counts),
        by_cold(fewest, cold_threshold),
    )
    shown = {name: per_user[name] for name in RANKERS if name in per_user}
    history, popularity, cold = (
        groups(shown, metrics, grouping) for grouping in groupings
    )
    figures = {
        name: list_figures(items, counts, user_items.shape[0], vectors)
        for name, items in lists.items()
    }
    return Breakdown(history=history, popularity=popularity, cold=cold, lists=figures)


def by_history(positives: np.ndarray) -> Grouping:
    """By the number of training positives (users,)."""
    edges = np.array(list(HISTORY))
    place = np.searchsorted(edges, positives, side="right") - 1
    return Grouping(list(HISTORY.values()), place)


def by_popularity(positives: np.ndarray, counts: np.ndarray) -> Grouping:
    """By the decile of items with so many positives (users,), 0 the most popular tenth.

    `counts` (items,) are the positives of all items; items with equally many are of one decile.
    """
    of_items = _deciles(counts, counts)
    names = []
    for decile in range(DECILES):
        inside = counts[of_items == decile]
        names.append(f"tenth {decile + 1}: {_span(inside)}")
    return Grouping(names, _deciles(positives, counts))


def _span(counts: np.ndarray) -> str:
    """How many positives items with `counts` (n,) have, in words."""
    if not len(counts):
        return "no items"
    low, high = counts.min(), counts.max()
    if low < high:
        return f"{low} to {high} positives"
    return f"{high} positive{'' if high == 1 else 's'}"


def _deciles(positives: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The decile (n,) of items with so many positives (n,): by the share of items with more."""
    more = len(counts) - np.searchsorted(np.sort(counts), positives, side="right")
    return DECILES * more // len(counts)


def by_cold(positives: np.ndarray, threshold: int) -> Grouping:
    """By whether an item with so many positives (users,) is cold."""
    names = [
        f"cold: fewer than {threshold} positives",
        f"{threshold} or more positives",
    ]
    return Grouping(names, (positives >= threshold).astype(np.int64))


def groups(
    per_user: PerUser, metrics: Sequence[str], grouping: Grouping
) -> list[Group]:
    """The groups that have users, in the order of their names."""
    found = []
    for at, name in enumerate(grouping.names):
        inside = grouping.of_users == at
        if inside.any():
            rankers = {
                ranker: _row(values, metrics, inside)
                for ranker, values in per_user.items()
            }
            group = Group(name=name, users=int(inside.sum()), rankers=rankers)
            found.append(group)
    return found


def _row(
    values: Mapping[str, np.ndarray], metrics: Sequence[str], inside: np.ndarray
) -> dict[str, float]:
    """Each metric of the users that are marked, with its interval."""
    row: dict[str, float] = {}
    for metric in metrics:
        row |= named(metric, wilson.interval(values[metric][inside]))
    return row


def list_figures(
    lists: np.ndarray, counts: np.ndarray, users: int, vectors: np.ndarray
) -> Lists:
    """The figures of lists (n, k), -1 for none; `counts` (items,) are positives of `users`."""
    return Lists(
        users=len(lists),
        novelty=round(novelty(lists, counts, users), 6),
        diversity=round(diversity(lists, vectors), 6),
    )


def novelty(lists: np.ndarray, counts: np.ndarray, users: int) -> float:
    """Mean of -log2(share of users who have it) over the places of the lists (n, k), in bits.

    An item that nobody has counts as one that one user has; 0 where no place is taken. Zhou et al.
    (2010), Solving the apparent diversity-accuracy dilemma of recommender systems.
    """
    shown = lists[lists >= 0]
    if not len(shown):
        return 0.0
    share = np.maximum(counts, 1) / users
    return float(-np.log2(share)[shown].mean())


def diversity(lists: np.ndarray, vectors: np.ndarray) -> float:
    """Mean over lists (n, k) of 1 - the mean cosine of two of their items.

    `vectors` (items, d) float32 have length 1, or 0 where there is no text: cosine 0 with all.
    Lists of fewer than two items do not count; 0 where there are no others. Ziegler et al. (2005).
    """
    total = np.zeros((len(lists), vectors.shape[1]))
    of_same = np.zeros(len(lists))
    for items in lists.T:  # k is small: no (n, k, d) is made
        rows = np.where((items >= 0)[:, None], vectors[items], 0).astype(np.float64)
        total += rows
        of_same += np.square(rows).sum(axis=1)
    length = (lists >= 0).sum(axis=1)
    pairs = length * (length - 1)
    among = np.square(total).sum(axis=1) - of_same
    enough = pairs > 0
    return float((1 - among[enough] / pairs[enough]).mean()) if enough.any() else 0.0


def write(path: Path, found: Breakdown) -> None:
    """Write the file, whole or not at all."""
    write_json(path, found.model_dump())
