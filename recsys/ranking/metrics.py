"""Ranking over all unseen items, and the metrics of it.

One definition of each metric, for every model (checked against irspack in the tests):

    precision_at_k   hits / k
    recall_at_k      hits / relevant items of the user
    hit_rate_at_k    1 if there is a hit
    ndcg_at_k        sum of 1 / log2(1 + rank) over the hits, divided by what min(relevant, k) hits on top give
    map_at_k         sum of precision at each hit's rank, divided by min(relevant, k)
    mrr_at_k         1 / rank of the first hit, 0 without one
    coverage_at_k    share of all items that stand in some user's top k (not a mean over users)

A user without a relevant item is not in the mean. Ties go to the item with the smaller index.
"""

import numpy as np
from scipy.sparse import csr_matrix

from recsys.ranking import metrics, top_k
from recsys.ranking.top_k import Scorer, rank

METRICS = ("recall_at_10", "ndcg_at_10")
CUTOFFS = [10]

USER_METRICS = ("recall", "precision", "hit_rate", "ndcg", "map", "mrr")


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
    found: dict[str, np.ndarray] = {}
    for k in cutoffs:
        top = hits[:, :k]
        count = top.sum(axis=1)
        possible = np.minimum(relevant, k)
        found[f"recall_at_{k}"] = count / relevant
        found[f"precision_at_{k}"] = count / k
        found[f"hit_rate_at_{k}"] = (count > 0).astype(np.float64)
        found[f"ndcg_at_{k}"] = top @ discount[:k] / ideal[possible]
        found[f"map_at_{k}"] = (top * precision_there[:, :k]).sum(axis=1) / possible
        found[f"mrr_at_{k}"] = np.where(count > 0, 1 / (1 + np.argmax(top, axis=1)), 0.0)
    return found


def evaluate(
    score: Scorer, seen: csr_matrix, test: csr_matrix, cutoffs: list[int]
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Metrics of each user with a test item, (test users,) in index order, and the coverage at each
    cutoff.

    `seen` and `test` are csr (users, items); only their pattern counts. A test item that was seen
    cannot be hit.
    """
    test = test.copy()
    test.data[:] = 1  # an explicit zero is an entry too
    users = np.flatnonzero(np.diff(test.indptr))
    deepest = max(cutoffs)
    hits = np.zeros((len(users), deepest), dtype=bool)
    shown = np.full(test.shape[1], deepest, dtype=np.int64)
    at = 0
    for batch, items in rank(score, users, seen, deepest):
        truth = test[batch].toarray() != 0
        hits[at : at + len(batch)] = np.take_along_axis(truth, np.maximum(items, 0), axis=1) & (
            items >= 0
        )
        for place in range(deepest):
            there = items[:, place][items[:, place] >= 0]
            shown[there] = np.minimum(shown[there], place)
        at += len(batch)
    relevant = np.diff(test.indptr)[users]
    coverage = {f"coverage_at_{k}": float((shown < k).mean()) for k in cutoffs}
    return metrics_of_hits(hits, relevant, cutoffs), coverage


def metrics_of(
    score: top_k.Scorer, seen: csr_matrix, held_out: csr_matrix
) -> dict[str, np.ndarray]:
    """recall_at_10 and ndcg_at_10 of each user with a held-out positive, (users,) in index order."""
    per_user, _ = metrics.evaluate(score, seen, held_out, CUTOFFS)
    return {name: per_user[name] for name in METRICS}
