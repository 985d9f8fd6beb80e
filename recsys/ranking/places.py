"""Many hybrid weights judged at once, by the place that each gives to a held-out positive.

process holds out one positive of a user. Its place among the items that the user has not touched
says all that recall_at_10 and ndcg_at_10 are made of: the parts of the score are made once, and
each triple of weights is a sum and a count.
"""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.interactions import Interactions, users_of
from recsys.dataset.sparse import entries_per_row, rows_of
from recsys.ranking import hybrid, kernel, sums_kernel
from recsys.ranking.hybrid import UNUSED, Beside
from recsys.ranking.top_k import Scorer, in_blocks
from recsys.ranking.weights import Weights

DEEPEST = 10  # an item on this place (0-based) or after it is no hit
MANY = (
    4096  # items; among so many there are enough that stand before most held-out ones
)

GAINS = {
    "recall_at_10": np.append(np.ones(DEEPEST), 0),
    "ndcg_at_10": np.append(1 / np.log2(np.arange(2, DEEPEST + 2)), 0),
}


def gains(found: np.ndarray, metric: str) -> np.ndarray:
    """recall_at_10 or ndcg_at_10 of each place: float64 of the same shape."""
    values: np.ndarray = GAINS[metric][found]
    return values


def places(
    score: Scorer,
    known: Interactions,
    held_out: csr_matrix,
    beside: Beside,
    weights: Sequence[Weights],
) -> np.ndarray:
    """Each held-out positive's place among the unseen items, (weights, users) uint8, DEEPEST where
    it is no hit.

    `held_out` is csr (users, items) with at most one entry a user. By the scores of
    recsys/ranking/hybrid.py to the last bit; ties as recsys/ranking/metrics.py breaks them. In
    blocks of users, each part z-scored once for all weights. ValueError if a score is not a number,
    or if a user has more entries.
    """
    if entries_per_row(held_out).max(initial=0) > 1:
        raise ValueError("more than one held-out positive of a user")
    seen = known.seen
    table = np.array(
        [[one.content, one.popularity, one.neighbours] for one in weights], np.float32
    ).reshape(-1, 3)
    plain = ~table.any(axis=1)
    order = np.argsort(table[:, 1], kind="stable")  # those of one popularity together
    memory = np.array([one.memory for one in weights])
    most = table.max(axis=0, initial=0).tolist()
    popularity = hybrid.of_popularity(beside, most[1])

    def of_batch(batch: np.ndarray) -> np.ndarray:
        raw = np.array(score(batch), dtype=np.float32, order="C")
        if np.isnan(raw).any():
            raise ValueError("a score is not a number")
        liked, touched, wanted = known.aged[batch], seen[batch], held_out[batch]
        content = _whole(hybrid.of_content(liked, beside, most[0]), raw)
        of_items = _whole(popularity, raw[:1])[0]
        found = np.full((len(table), len(batch)), DEEPEST, dtype=np.uint8)
        scaled = hybrid.z_scores(raw)
        for factors in (raw, scaled):
            kernel.mask(factors, touched.indptr, touched.indices)
        for held in np.unique(memory).tolist():
            near = hybrid.of_neighbours(liked, beside, most[2], held)
            for factors, kind in ((raw, plain), (scaled, ~plain)):
                chosen = order[(kind & (memory == held))[order]]
                some = found[chosen]
                parts = factors, content, of_items, _whole(near, raw)
                asked = (*parts, table[chosen], rows_of(wanted), wanted.indices)
                if raw.shape[1] > MANY:
                    sums_kernel.places_by_bounds(*asked, MANY, some)
                else:
                    sums_kernel.places_of_sums(*asked, some)
                found[chosen] = some
        return found

    users = users_of(held_out)
    blocks = [found for _, found in in_blocks(of_batch, users, held_out.shape[1])]
    return np.concatenate([np.empty((len(table), 0), np.uint8), *blocks], axis=1)


def _whole(part: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """A part of the shape of `scores`, zeros where it is unused."""
    return np.zeros_like(scores) if part is UNUSED else part
