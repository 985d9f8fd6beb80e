"""What a model must beat: the popular items, chance, and items like those that the user liked."""

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.sparse import item_counts
from recsys.program.seeds import generator
from recsys.ranking.top_k import Scorer


def popularity(user_items: csr_matrix) -> Scorer:
    """Every user gets the items by the number of training positives, shape (items,)."""
    counts = item_counts(user_items).astype(np.float32)
    return lambda users: np.broadcast_to(counts, (len(users), len(counts)))


def chance(items: int, seed: int) -> Scorer:
    """Every user gets the items in an order of his own, a function of the seed and his index only."""

    def score(users: np.ndarray) -> np.ndarray:
        rows = [generator(seed, int(user)).random(items, dtype=np.float32) for user in users]
        return np.stack(rows)

    return score


def content(user_items: csr_matrix, vectors: np.ndarray) -> Scorer:
    """Every user gets the items that are like what he liked, shape as in `content_scores`."""
    return lambda users: content_scores(user_items[users], vectors)


def content_scores(liked: csr_matrix, vectors: np.ndarray) -> np.ndarray:
    """Cosine (users, items) of each item's vector (items, d) with the mean of those that a user
    liked.

    `liked` is csr (users, items); only its pattern counts. An item or a user without a text scores
    0.
    """
    profile = (liked != 0).astype(np.float32) @ vectors
    length = np.linalg.norm(profile, axis=1, keepdims=True)
    product: np.ndarray = (
        np.divide(profile, length, out=np.zeros_like(profile), where=length > 0) @ vectors.T
    )
    return product
