"""Scores, and what users have seen and take next."""

import numpy as np
from scipy.sparse import csr_matrix

from recsys.ranking import top_k


def of(scores: np.ndarray) -> top_k.Scorer:
    return lambda users: scores[users]


def world(
    seed: int, users: int = 40, items: int = 30
) -> tuple[np.ndarray, csr_matrix, csr_matrix]:
    """Scores without ties, seen and test items apart; several relevant items a user, some users
    with none.
    """
    rng = np.random.default_rng(seed)
    scores = rng.permuted(np.tile(np.arange(items), (users, 1)), axis=1).astype(
        np.float32
    )
    test = (rng.random((users, items)) < 0.15) & (np.arange(users) % 5 > 0)[:, None]
    seen = (rng.random((users, items)) < 0.3) & ~test
    return (
        scores,
        csr_matrix(seen.astype(np.float32)),
        csr_matrix(test.astype(np.float32)),
    )
