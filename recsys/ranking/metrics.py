"""The metrics of a ranking over all unseen items.

One definition of each metric, for every model (checked against irspack in the tests):

    precision_at_k   hits / k
    recall_at_k      hits / relevant items of the user
    hit_rate_at_k    1 if there is a hit
    ndcg_at_k        sum of 1 / log2(1 + rank) over the hits, divided by what min(relevant, k) hits
                     on top give
    map_at_k         sum of precision at each hit's rank, divided by min(relevant, k)
    mrr_at_k         1 / rank of the first hit, 0 without one
    coverage_at_k    share of all items that stand in some user's top k (not a mean over users)

A user without a relevant item is not in the mean. Ties go to the item with the smaller index.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.sparse import entries_per_row, rows_of
from recsys.files.stretches import cells
from recsys.ranking.top_k import (
    Lister,
    Scorer,
    by_score,
    in_blocks,
    only_unseen,
    places,
)

USER_METRICS = ("recall", "precision", "hit_rate", "ndcg", "map", "mrr")

METRICS = ("recall_at_10", "ndcg_at_10")  # what settings are chosen by
CUTOFFS = [10]  # of METRICS

# user indices (b,) -> scores (b, items) float32 of several rankers, by name
Scorers = Callable[[np.ndarray], Mapping[str, np.ndarray]]
# the same, one after the other: the scores of one are not needed when the next ones are made
ScorersInTurn = Callable[[np.ndarray], Iterable[tuple[str, np.ndarray]]]
TOGETHER = 1 << 16  # users whose places in one list are found at once
NO_LISTERS: Mapping[str, Lister] = MappingProxyType({})


def metrics_of_hits(
    hits: np.ndarray, relevant: np.ndarray, cutoffs: list[int]
) -> dict[str, np.ndarray]:
    """Each metric of each user (users,) float64, from hits (users, max cutoff) bool in rank order.

    `relevant` (users,) is the number of relevant items, 1 or more.
    """
    discount = 1 / np.log2(np.arange(2, hits.shape[1] + 2))
    ideal = np.concatenate([[0], np.cumsum(discount)])
    place = np.arange(1, hits.shape[1] + 1)
    precision_there = np.cumsum(hits, axis=1) / place
    values: dict[str, np.ndarray] = {}
    for k in cutoffs:
        top = hits[:, :k]
        count = top.sum(axis=1)
        possible = np.minimum(relevant, k)
        values[f"recall_at_{k}"] = count / relevant
        values[f"precision_at_{k}"] = count / k
        values[f"hit_rate_at_{k}"] = (count > 0).astype(np.float64)
        values[f"ndcg_at_{k}"] = top @ discount[:k] / ideal[possible]
        values[f"map_at_{k}"] = (top * precision_there[:, :k]).sum(axis=1) / possible
        values[f"mrr_at_{k}"] = np.where(
            count > 0, 1 / (1 + np.argmax(top, axis=1)), 0.0
        )
    return values


def evaluate(
    score: Scorer, seen: csr_matrix, test: csr_matrix, cutoffs: list[int]
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Metrics of each user with a test item, (test users,) float64 in index order, and the coverage
    at each cutoff.

    `seen` and `test` are csr (users, items); only their pattern counts. A test item that was seen
    cannot be hit.
    """
    return evaluate_each(lambda users: {"": score(users)}, seen, test, cutoffs)[""]


def evaluate_each(
    scores_of: Scorers,
    seen: csr_matrix,
    test: csr_matrix,
    cutoffs: list[int],
    listers: Mapping[str, Lister] = NO_LISTERS,
) -> dict[str, tuple[dict[str, np.ndarray], dict[str, float]]]:
    """What `evaluate` gives, of several rankers by name that share some of their work; `listers`
    has those whose lists are not just the best items of the scores.
    """
    test = with_ones(test)
    users, deepest = np.flatnonzero(entries_per_row(test)), max(cutoffs)

    def ranked(batch: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        touched, wanted = seen[batch], test[batch]
        found = {}
        for name, scores in scores_of(batch).items():
            with only_unseen(scores, touched) as left:
                items = listers.get(name, by_score)(batch, left, deepest)
            found[name] = hits_of(items, wanted), _best_places(items, test.shape[1])
        return found

    hits: dict[str, np.ndarray] = {}
    best_place: dict[str, np.ndarray] = {}  # of each item, in any list
    done = 0
    for batch, found in in_blocks(ranked, users, test.shape[1]):
        for name, (of_users, of_items) in found.items():
            if name not in hits:
                hits[name] = np.zeros((len(users), deepest), dtype=bool)
                best_place[name] = np.full(test.shape[1], deepest, dtype=np.int64)
            hits[name][done : done + len(batch)] = of_users
            best_place[name] = np.minimum(best_place[name], of_items)
        done += len(batch)
    relevant = entries_per_row(test)[users]
    return {
        name: (
            metrics_of_hits(hits[name], relevant, cutoffs),
            _coverage(best_place[name], cutoffs),
        )
        for name in hits
    }


def _coverage(best_place: np.ndarray, cutoffs: list[int]) -> dict[str, float]:
    """By the best place of each item, (items,) int64, in any list."""
    return {f"coverage_at_{k}": float((best_place < k).mean()) for k in cutoffs}


def with_ones(matrix: csr_matrix) -> csr_matrix:
    """The same entries, each 1: an explicit zero is an entry too."""
    ones = np.ones(len(matrix.indices), dtype=np.float32)
    return csr_matrix((ones, matrix.indices, matrix.indptr), matrix.shape)


def hits_of(items: np.ndarray, test: csr_matrix) -> np.ndarray:
    """Which of the `items` (users, k), -1 for none, stand in `test` (users, items): bool."""
    users = rows_of(test)
    found = items[users] == test.indices[:, None]
    hits = np.zeros(items.shape, dtype=bool)
    np.logical_or.at(hits, users, found)
    return hits


def _best_places(items: np.ndarray, count: int) -> np.ndarray:
    """The first place at which each of `count` items stands in `items` (users, k), (count,) int64;
    k for one that stands nowhere.
    """
    deepest = items.shape[1]
    best = np.full(count, deepest, dtype=np.int64)
    for place in reversed(range(deepest)):
        shown = items[:, place]
        best[shown[shown >= 0]] = place
    return best


def metrics_of(
    score: Scorer,
    seen: csr_matrix,
    held_out: csr_matrix,
    lister: Lister | None = None,
) -> dict[str, np.ndarray]:
    """recall_at_10 and ndcg_at_10 of each user with a held-out positive, (users,) float64.

    Users stand in index order; `seen` and `held_out` are csr (users, items).
    """
    per_user = metrics_at(score, seen, held_out, CUTOFFS, lister)
    return {name: per_user[name] for name in METRICS}


def metrics_at(
    score: Scorer,
    seen: csr_matrix,
    held_out: csr_matrix,
    cutoffs: list[int],
    lister: Lister | None = None,
) -> dict[str, np.ndarray]:
    """The metrics of `evaluate` but for the coverage, by counting what stands before each held-out
    positive: no list is made, unless a lister says how.
    """
    return metrics_at_each(
        lambda users: [("", score(users))], [""], seen, held_out, cutoffs, lister
    )[""]


def metrics_at_each(
    scores_of: ScorersInTurn,
    names: Sequence[str],
    seen: csr_matrix,
    held_out: csr_matrix,
    cutoffs: list[int],
    lister: Lister | None = None,
) -> dict[str, dict[str, np.ndarray]]:
    """What `metrics_at` gives, of several rankers that share some of their work, by their names."""
    held_out = with_ones(held_out)
    counts = entries_per_row(held_out)
    users, deepest = np.flatnonzero(counts), max(cutoffs)

    def hits(batch: np.ndarray) -> dict[str, np.ndarray]:
        wanted, touched, found = held_out[batch], seen[batch], {}
        for name, every in scores_of(batch):
            with only_unseen(every, touched) as scores:
                if lister is not None:
                    items = lister(batch, scores, deepest)
                    found[name] = hits_of(items, wanted)
                else:
                    place = places(scores, wanted)
                    found[name] = _hits_at(place, wanted, deepest)
        return found

    blocks = [found for _, found in in_blocks(hits, users, seen.shape[1])]
    nobody = np.zeros((0, deepest), dtype=bool)
    return {
        name: metrics_of_hits(
            np.concatenate([nobody, *(found[name] for found in blocks)]),
            counts[users],
            cutoffs,
        )
        for name in names
    }


def metrics_of_one_list(
    scores: np.ndarray, seen: csr_matrix, held_out: csr_matrix, cutoffs: list[int]
) -> dict[str, np.ndarray]:
    """What `metrics_at` gives where all users have the same finite `scores` (items,): the place of
    an item is that among all, less the seen ones before it.
    """
    held_out = with_ones(held_out)
    counts = entries_per_row(held_out)
    users, deepest = np.flatnonzero(counts), max(cutoffs)
    among_all = np.empty(len(scores), dtype=np.int64)
    among_all[np.argsort(-scores, kind="stable")] = np.arange(len(scores))
    found = np.zeros((len(users), deepest), dtype=bool)
    for start in range(0, len(users), TOGETHER):
        block = users[start : start + TOGETHER]
        wanted, touched = held_out[block], seen[block]
        place = _places_among(among_all, touched, wanted)
        found[start : start + len(block)] = _hits_at(place, wanted, deepest)
    return metrics_of_hits(found, counts[users], cutoffs)


def _places_among(
    among_all: np.ndarray, seen: csr_matrix, wanted: csr_matrix
) -> np.ndarray:
    """The place of each entry of `wanted` (users, items) in the one order (items,) of all, without
    what its user has seen: (nnz,) int64; -1 where it was seen itself.
    """
    row, own = rows_of(wanted), among_all[wanted.indices]
    count = entries_per_row(seen)[row]
    entry = np.repeat(np.arange(len(row)), count)  # of each pair of it and a seen one
    other = among_all[seen.indices[cells(seen.indptr[row], count)]]
    before = np.bincount(entry[other < own[entry]], minlength=len(row))
    place: np.ndarray = own - before
    place[entry[other == own[entry]]] = -1
    return place


def _hits_at(place: np.ndarray, wanted: csr_matrix, deepest: int) -> np.ndarray:
    """The hits (users, deepest) bool of entries of `wanted` (users, items) at these places."""
    found = np.zeros((wanted.shape[0], deepest), dtype=bool)
    near = (place >= 0) & (place < deepest)
    found[rows_of(wanted)[near], place[near]] = True
    return found
