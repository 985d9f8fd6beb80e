"""Items and what users like of them, for the tests of folding in."""

import numpy as np
from scipy.sparse import csr_matrix

ITEMS, WIDTH = 14, 5


def items(width: int = WIDTH, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(ITEMS, width)).astype(np.float32)


def tastes(users: int, seed: int) -> tuple[csr_matrix, csr_matrix]:
    """Confidences 1 to 6 and dislikes; user 0 likes nothing, user 1 has dislikes only, user 2 likes
    everything.
    """
    rng = np.random.default_rng(seed)
    liked = np.where(
        rng.random((users, ITEMS)) < 0.3, rng.integers(2, 13, (users, ITEMS)) / 2, 0
    )
    liked[:2], liked[2] = 0, 3
    disliked = (rng.random((users, ITEMS)) < 0.2) & (liked == 0)
    disliked[0], disliked[1, :3] = False, True
    return csr_matrix(liked.astype(np.float32)), csr_matrix(disliked.astype(np.float32))
