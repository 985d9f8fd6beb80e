"""What is scored side by side is what each ranker gives alone."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.ranking import baselines, hybrid
from recsys.ranking.rankers import BASELINES, Ranker, scores_of_all
from recsys.ranking.weights import ONLY_FACTORS, Weights

USERS, ITEMS = 9, 6


def test_each_ranker_scores_as_it_does_alone() -> None:
    rng = np.random.default_rng(3)
    liked = csr_matrix((rng.random((USERS, ITEMS)) < 0.4).astype(np.float32))
    vectors = rng.standard_normal((ITEMS, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    factors = rng.standard_normal((2, USERS, ITEMS)).astype(np.float32)
    weights = Weights(content=0.3, popularity=0.7, neighbours=0.4), ONLY_FACTORS
    models = {
        "als": Ranker(lambda users: factors[0][users], weights[0]),
        "bpr": Ranker(lambda users: factors[1][users], weights[1]),
    }
    users = np.array([7, 2, 5])
    beside = hybrid.beside(liked, vectors, *weights)
    found = scores_of_all(models, liked, beside, 42)(users)
    served = hybrid.scorer(models["als"].score, liked, vectors, weights[0])
    alone = {
        "als": served(users),
        "bpr": factors[1][users],
        "als_factors": factors[0][users],
        "bpr_factors": factors[1][users],
        "popularity": baselines.popularity(liked)(users),
        "random": baselines.chance(ITEMS, 42)(users),
        "content": baselines.content(liked, vectors)(users),
    }
    assert list(found) == [*models, "als_factors", "bpr_factors", *BASELINES]
    for name, scores in alone.items():
        assert found[name] == pytest.approx(scores, abs=0), name
