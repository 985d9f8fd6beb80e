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
    """What `places_by_each` finds by one scorer, (weights, users) uint8."""
    found: np.ndarray = places_by_each([score], known, held_out, beside, weights)[0]
    return found


def places_by_each(
    scores: Sequence[Scorer],
    known: Interactions,
    held_out: csr_matrix,
    beside: Beside,
    weights: Sequence[Weights],
) -> np.ndarray:
    """Each held-out positive's place among the unseen items by each of the scorers, (scorers,
    weights, users) uint8, DEEPEST where it is no hit.

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
    plain: np.ndarray = np.logical_not(table.any(axis=1))
    order = np.argsort(table[:, 1], kind="stable")  # those of one popularity together
    held = [one.memory for one in weights]
    memories = sorted(set(held))
    memory = np.array([memories.index(one) for one in held], np.int64)
    most = table.max(axis=0, initial=0).tolist()
    popularity = hybrid.of_popularity(beside, most[1])

    def of_batch(batch: np.ndarray) -> np.ndarray:
        liked, touched, wanted = known.aged[batch], seen[batch], held_out[batch]
        shape = len(batch), held_out.shape[1]
        content = _whole(hybrid.of_content(liked, beside, most[0]), shape)
        of_items = _whole(popularity, (1, shape[1]))[0]
        near = np.empty((len(memories), *shape), np.float32)
        for number, one in enumerate(memories):
            near[number] = hybrid.of_neighbours(liked, beside, most[2], one)
        found = np.full((len(scores), len(table), len(batch)), DEEPEST, dtype=np.uint8)
        for score, by_it in zip(scores, found, strict=True):
            raw = np.array(score(batch), dtype=np.float32, order="C")
            if np.isnan(raw).any():
                raise ValueError("a score is not a number")
            scaled = hybrid.z_scores(raw)
            for factors, kind in ((raw, plain), (scaled, ~plain)):
                kernel.mask(factors, touched.indptr, touched.indices)
                chosen = order[kind[order]]
                some = by_it[chosen]
                sums_kernel.places_of_sums(
                    *(factors, content, of_items, near),
                    *(table[chosen], memory[chosen]),
                    *(rows_of(wanted), wanted.indices, some),
                )
                by_it[chosen] = some
        return found

    users = users_of(held_out)
    blocks = [found for _, found in in_blocks(of_batch, users, held_out.shape[1])]
    nobody = np.empty((len(scores), len(table), 0), np.uint8)
    return np.concatenate([nobody, *blocks], axis=2)


def _whole(part: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A part of that shape, zeros where it is unused."""
    return np.zeros(shape, np.float32) if part is UNUSED else part
