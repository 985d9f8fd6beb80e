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

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.sparse import entries_per_row, rows_of
from recsys.ranking.top_k import Scorer, rank

USER_METRICS = ("recall", "precision", "hit_rate", "ndcg", "map", "mrr")

METRICS = ("recall_at_10", "ndcg_at_10")  # what settings are chosen by
CUTOFFS = [10]  # of METRICS


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
    test = test.copy()
    test.data[:] = 1  # an explicit zero is an entry too
    counts = entries_per_row(test)
    users, deepest = np.flatnonzero(counts), max(cutoffs)
    hits = np.zeros((len(users), deepest), dtype=bool)
    # of each item, in any list
    best_place = np.full(test.shape[1], deepest, dtype=np.int64)
    done = 0
    for batch, items in rank(score, users, seen, deepest):
        hits[done : done + len(batch)] = hits_of(items, test[batch])
        _lower_places(best_place, items)
        done += len(batch)
    coverage = {f"coverage_at_{k}": float((best_place < k).mean()) for k in cutoffs}
    return metrics_of_hits(hits, counts[users], cutoffs), coverage


def hits_of(items: np.ndarray, test: csr_matrix) -> np.ndarray:
    """Which of the `items` (users, k), -1 for none, stand in `test` (users, items): bool."""
    users = rows_of(test)
    found = items[users] == test.indices[:, None]
    hits = np.zeros(items.shape, dtype=bool)
    np.logical_or.at(hits, users, found)
    return hits


def _lower_places(best_place: np.ndarray, items: np.ndarray) -> None:
    """Note in `best_place` (items,) the places at which `items` (users, k) stand, -1 for none."""
    for place in range(items.shape[1]):
        shown = items[:, place][items[:, place] >= 0]
        best_place[shown] = np.minimum(best_place[shown], place)


def metrics_of(
    score: Scorer, seen: csr_matrix, held_out: csr_matrix
) -> dict[str, np.ndarray]:
    """recall_at_10 and ndcg_at_10 of each user with a held-out positive, (users,) float64.

    Users stand in index order; `seen` and `held_out` are csr (users, items).
    """
    per_user, _ = evaluate(score, seen, held_out, CUTOFFS)
    return {name: per_user[name] for name in METRICS}
