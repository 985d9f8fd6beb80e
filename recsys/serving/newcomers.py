"""Scores for users whom the model was not trained on, in evaluation and wherever it recommends.

1. With positives of which the model knows something: factors folded in from them, then the hybrid
   score as for anybody.
2. With positives that the model knows nothing of: items like them by content, plus popularity, one
   to one.
3. Without a positive (new, or dislikes only): the popular items.
"""

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.sparse import entries_per_row
from recsys.models.factors import Factors
from recsys.ranking.baselines import content_scores
from recsys.ranking.hybrid import Weights, blended, z_scores


def scores(
    model: Factors,
    liked: csr_matrix,
    dislikes: csr_matrix,
    vectors: np.ndarray,
    popularity: np.ndarray,
    weights: Weights,
) -> np.ndarray:
    """Scores (n, items) float32 of n new users.

    `liked` and `dislikes` are csr (n, items): the confidence of what they like, 1 for what they
    dislike. `vectors` (items, d) float32 are the embeddings, `popularity` (items,) as
    hybrid.log_popularity gives it.
    """
    folded = model.fold_in(liked, dislikes)
    is_known = model.without_bias(folded).any(axis=1) & _like_known_items(model, liked)
    known = np.flatnonzero(is_known)
    unknown = np.flatnonzero((entries_per_row(liked) > 0) & ~is_known)
    scores = np.repeat(popularity[None, :].astype(np.float32), liked.shape[0], axis=0)
    if unknown.size:
        of_content = z_scores(content_scores(liked[unknown], vectors))
        scores[unknown] = of_content + z_scores(popularity[None, :])
    if known.size:
        of_factors = model.score_of(folded[known])
        scores[known] = blended(of_factors, liked[known], vectors, popularity, weights)
    return scores


def _like_known_items(model: Factors, liked: csr_matrix) -> np.ndarray:
    """Who likes an item of which the model knows something, (n,) bool."""
    is_known = model.without_bias(model.item_factors).any(axis=1).astype(np.float32)
    likes: np.ndarray = (liked != 0) @ is_known > 0
    return likes
