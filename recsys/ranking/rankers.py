"""All that is evaluated side by side, scored together: what several rankers need is computed once.

`als` and `bpr` are the models as they serve, by the hybrid score (recsys/ranking/hybrid.py);
`als_factors` and `bpr_factors` the same without it; `popularity`, `random` and `content` are the
baselines (recsys/ranking/baselines.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from recsys.ranking import baselines, hybrid
from recsys.ranking.hybrid import Beside, Parts
from recsys.ranking.metrics import Scorers
from recsys.ranking.top_k import Scorer
from recsys.ranking.weights import Weights

BASELINES = ("popularity", "random", "content")


@dataclass(frozen=True)
class Ranker:
    """A model: the scores of its factors, and what the other parts weigh beside them."""

    score: Scorer
    weights: Weights


def scores_of_all(
    models: Mapping[str, Ranker],
    user_items: csr_matrix,
    beside: Beside,
    seed: int,
) -> Scorers:
    """The scores of each model, with and without the hybrid score, and of each baseline, by name.

    `user_items` are the ages of the training positives (users, items), `beside` is what the weights
    of all models need, `seed` that of the random lists.
    """
    by_popularity = baselines.popularity(user_items)
    by_chance = baselines.chance(user_items.shape[1], seed)
    every = [model.weights for model in models.values()]
    popularity = hybrid.of_popularity(beside, 1)
    most_near = max((one.neighbours for one in every), default=0)
    memories = {one.memory for one in every}

    def scores_of(users: np.ndarray) -> dict[str, np.ndarray]:
        liked = user_items[users]
        content = baselines.content_scores(liked, beside.vectors)
        z_content = hybrid.z_scores(content)
        near = {
            memory: hybrid.of_neighbours(liked, beside, most_near, memory)
            for memory in memories
        }
        served, plain = {}, {}
        for name, model in models.items():
            raw = model.score(users)
            served[name] = plain[f"{name}_factors"] = raw
            if not model.weights.only_factors:
                of_near = near[model.weights.memory]
                parts = Parts(hybrid.z_scores(raw), z_content, popularity, of_near)
                served[name] = hybrid.combined(parts, model.weights)
        of_baselines = (by_popularity(users), by_chance(users), content)
        return served | plain | dict(zip(BASELINES, of_baselines, strict=True))

    return scores_of
