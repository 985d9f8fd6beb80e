"""A shop where two models each know half of what a user takes next."""

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.interactions import Interactions
from recsys.models.choice import GRID, Fold
from recsys.models.fold_rows import FoldRows
from recsys.models.manifest import Search
from recsys.ranking import hybrid
from recsys.ranking.weights import ONLY_FACTORS

USERS, ITEMS = 400, 50
PLAIN = [ONLY_FACTORS, ONLY_FACTORS]
SEARCH = Search(
    users=12,
    settings=[],
    taken="small",
    changes={"factors": 3},
    lead=0.1,
    error=0.01,
    leads_again=[],
)


def fold() -> Fold:
    """Each user has bought one item, and takes the next one after it; texts are of five kinds."""
    bought, taken = (np.zeros((USERS, ITEMS), np.float32) for _ in range(2))
    user = np.arange(USERS)
    bought[user, user % ITEMS] = 1
    taken[user, (user + 1) % ITEMS] = 1
    binary = csr_matrix(bought)
    nothing = csr_matrix(binary.shape, dtype=np.float32)
    vectors = np.eye(5, dtype=np.float32)[np.arange(ITEMS) % 5]
    beside = hybrid.beside(binary, vectors, *GRID)
    return Fold(Interactions(binary, binary, nothing), csr_matrix(taken), beside)


def view(seed: int, noise: float = 1.0) -> FoldRows:
    """What is taken next scores 2, and all has noise of its own: factors are the scores."""
    rng = np.random.default_rng(seed)
    scores = noise * rng.normal(size=(USERS, ITEMS)) + 2 * fold().held_out.toarray()
    return FoldRows(scores.astype(np.float32), np.eye(ITEMS, dtype=np.float32))
