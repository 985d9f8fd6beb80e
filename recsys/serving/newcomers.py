"""Scores for users whom the model was not trained on, in evaluation and wherever it recommends.

1. With positives of which the model knows something: factors folded in from them, then the hybrid
   score as for anybody.
2. With positives that the model knows nothing of: items like them by content, plus popularity, one
   to one, plus what is bought together with them as it weighs in the hybrid score.
3. Without a positive (new, or dislikes only): the popular items.
"""

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.sparse import entries_per_row
from recsys.models.factors import Factors
from recsys.ranking.hybrid import (
    Beside,
    Parts,
    blended,
    combine,
    of_content,
    of_neighbours,
    of_popularity,
)
from recsys.ranking.metrics import with_ones
from recsys.ranking.top_k import Scorer
from recsys.ranking.weights import Weights


def scores(
    model: Factors,
    liked: csr_matrix,
    dislikes: csr_matrix,
    beside: Beside,
    weights: Weights,
) -> np.ndarray:
    """Scores (n, items) float32 of n new users.

    `liked` and `dislikes` are csr (n, items): the confidence of what they like, 1 for what they
    dislike. `beside` is what is known of the items beside their factors (hybrid.beside). All that
    they like is of one age.
    """
    folded = model.fold_in(liked, dislikes)
    return scores_of_folded(model, liked, folded, beside, weights)


def scorer(
    model: Factors,
    liked: csr_matrix,
    dislikes: csr_matrix,
    beside: Beside,
    weights: Weights,
    users: np.ndarray,
) -> Scorer:
    """`scores` of any of the `users` (n,) by their index in csr (users, items) `liked` and
    `dislikes`. They are folded in here, all at once: what users have in common is done once.
    """
    folded = model.fold_in(liked[users], dislikes[users])
    place = np.full(liked.shape[0], -1)
    place[users] = np.arange(len(users))
    return lambda batch: scores_of_folded(
        model, liked[batch], folded[place[batch]], beside, weights
    )


def scores_of_folded(
    model: Factors,
    liked: csr_matrix,
    folded: np.ndarray,
    beside: Beside,
    weights: Weights,
) -> np.ndarray:
    """`scores` by factors `folded` (n, f) in from what they like."""
    is_known = are_known(model, liked, folded)
    known = np.flatnonzero(is_known)
    unknown = np.flatnonzero((entries_per_row(liked) > 0) & ~is_known)
    ages = with_ones(liked)
    scores = np.repeat(beside.popularity[None, :], liked.shape[0], axis=0)
    if unknown.size:
        scores[unknown] = _without_factors(ages[unknown], beside, weights)
    if known.size:
        of_factors = model.score_of(folded[known])
        scores[known] = blended(of_factors, ages[known], beside, weights)
    return scores


def _without_factors(liked: csr_matrix, beside: Beside, weights: Weights) -> np.ndarray:
    """The scores (n, items) float32 of rule 2, by the ages of what they like."""
    one_to_one = weights.model_copy(update={"content": 0.0, "popularity": 1.0})
    parts = Parts(
        of_content(liked, beside, 1),
        of_content(liked, beside, 0),
        of_popularity(beside, 1),
        of_neighbours(liked, beside, weights.neighbours, weights.memory),
    )
    return combine(parts, one_to_one)


def are_known(model: Factors, liked: csr_matrix, folded: np.ndarray) -> np.ndarray:
    """Who is ranked by the factors `folded` (n, f) in from what they like, (n,) bool."""
    known = model.without_bias(folded).any(axis=1) & _like_known_items(model, liked)
    return np.asarray(known)


def _like_known_items(model: Factors, liked: csr_matrix) -> np.ndarray:
    """Who likes an item of which the model knows something, (n,) bool."""
    is_known = model.without_bias(model.item_factors).any(axis=1).astype(np.float32)
    likes: np.ndarray = (liked != 0) @ is_known > 0
    return likes
