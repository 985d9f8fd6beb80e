"""Many hybrid weights judged at once, by the place that each gives to a held-out positive.

process holds out one positive of a user. Its place among the items that the user has not touched
says all that recall_at_10 and ndcg_at_10 are made of: the parts of the score are made once, and
each triple of weights is a sum and a count.
"""

from collections.abc import Sequence
from typing import NamedTuple

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
    table = _Table.of(weights)
    popularity = hybrid.of_popularity(beside, table.most[1])

    def of_batch(batch: np.ndarray) -> np.ndarray:
        liked, touched, wanted = known.aged[batch], seen[batch], held_out[batch]
        cells = len(batch), held_out.shape[1]
        content = _whole(hybrid.of_content(liked, beside, table.most[0]), cells)
        of_items = _whole(popularity, (1, cells[1]))[0]
        near = np.empty((len(table.memories), *cells), np.float32)
        for number, one in enumerate(table.memories):
            near[number] = hybrid.of_neighbours(liked, beside, table.most[2], one)
        asked = rows_of(wanted), wanted.indices
        found = [
            table.places(_raw(score, batch), touched, (content, of_items, near), asked)
            for score in scores
        ]
        shape = len(scores), len(weights), len(batch)
        return np.array(found, np.uint8).reshape(shape)

    users = users_of(held_out)
    blocks = [found for _, found in in_blocks(of_batch, users, held_out.shape[1])]
    nobody = np.empty((len(scores), len(weights), 0), np.uint8)
    return np.concatenate([nobody, *blocks], axis=2)


def _raw(score: Scorer, users: np.ndarray) -> np.ndarray:
    """Scores (n, items) float32 of some users, a copy. ValueError if one is not a number."""
    raw = np.array(score(users), dtype=np.float32, order="C")
    if np.isnan(raw).any():
        raise ValueError("a score is not a number")
    return raw


class _Table(NamedTuple):
    """Weights as the kernel takes them."""

    values: np.ndarray  # (weights, 3) float32: content, popularity, neighbours
    plain: np.ndarray  # which are of the factors alone, as they are, (weights,) bool
    order: np.ndarray  # in which those of one popularity are together, (weights,)
    memory: np.ndarray  # the place of each one's memory in `memories`, (weights,)
    memories: list[float]
    most: list[float]  # the largest of each column

    @classmethod
    def of(cls, weights: Sequence[Weights]) -> "_Table":
        rows = [[one.content, one.popularity, one.neighbours] for one in weights]
        values = np.array(rows, np.float32).reshape(-1, 3)
        held = [one.memory for one in weights]
        memories = sorted(set(held))
        return cls(
            values,
            np.logical_not(values.any(axis=1)),
            np.argsort(values[:, 1], kind="stable"),
            np.array([memories.index(one) for one in held], np.int64),
            memories,
            values.max(axis=0, initial=0).tolist(),
        )

    def places(
        self,
        raw: np.ndarray,
        touched: csr_matrix,
        beside: tuple[np.ndarray, np.ndarray, np.ndarray],
        asked: tuple[np.ndarray, np.ndarray],
    ) -> np.ndarray:
        """The place of each of the items that are `asked` for, (weights, n) uint8, by the scores
        `raw` (users, items) of one model, which are masked; `beside` are the other parts.
        """
        found = np.full((len(self.values), len(asked[0])), DEEPEST, dtype=np.uint8)
        scaled = hybrid.z_scores(raw)
        for factors, kind in ((raw, self.plain), (scaled, ~self.plain)):
            kernel.mask(factors, touched.indptr, touched.indices)
            chosen = self.order[kind[self.order]]
            some = found[chosen]
            weights = self.values[chosen], self.memory[chosen]
            sums_kernel.places_of_sums(factors, *beside, *weights, *asked, some)
            found[chosen] = some
        return found


def _whole(part: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A part of that shape, zeros where it is unused."""
    return np.zeros(shape, np.float32) if part is UNUSED else part
