"""What a model must beat: the popular items, chance, and items like those that the user liked."""

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.sparse import item_counts
from recsys.ranking.directions import directions
from recsys.ranking.rows_kernel import random_rows
from recsys.ranking.top_k import Scorer


def popularity(user_items: csr_matrix) -> Scorer:
    """Every user gets the items by their number of positives in `user_items` (users, items)."""
    counts = popular(user_items)
    return lambda users: np.broadcast_to(counts, (len(users), len(counts)))


def popular(user_items: csr_matrix) -> np.ndarray:
    """The number of positives of each item, (items,) float32: what `popularity` ranks by."""
    counts: np.ndarray = item_counts(user_items).astype(np.float32)
    return counts


def chance(items: int, seed: int) -> Scorer:
    """Every user gets the `items` in a random order of their own: a function of seed and index."""
    begin = np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]

    def scores(users: np.ndarray) -> np.ndarray:
        drawn = np.empty((len(users), items), dtype=np.float32)
        random_rows(begin, users, drawn)
        return drawn

    return scores


def content(user_items: csr_matrix, vectors: np.ndarray) -> Scorer:
    """Every user gets the items that are like what they liked, shapes as in `content_scores`."""
    return lambda users: content_scores(user_items[users], vectors)


def content_scores(liked: csr_matrix, vectors: np.ndarray) -> np.ndarray:
    """Cosine (users, items) float32 of each item with the mean of what a user liked.

    `liked` is csr (users, items), only its pattern counts; `vectors` (items, d) float32 are the
    items' embeddings, of length 1. An item or a user without a text scores 0.
    """
    profile = (liked != 0).astype(np.float32) @ vectors
    cosine: np.ndarray = directions(profile) @ vectors.T
    return cosine
