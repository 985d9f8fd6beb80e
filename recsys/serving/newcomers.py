"""What a user gets whom the model was not trained on: one rule, in evaluation and wherever
recommendations are made.

1. With positives of which the model knows something: factors folded in from them, then the hybrid
score as for anybody. 2. With positives that the model knows nothing of: items like them by content,
plus popularity, one to one. 3. Without a positive (new, or dislikes only): the popular items.
"""

import numpy as np
from scipy.sparse import csr_matrix

from recsys.models.factors import Factors
from recsys.models.fold_in import Pairwise
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
    """Scores (n, items) float32 of n users by the confidence of what they like and by their
    dislikes (n, items).

    `vectors` (items, d) are the embeddings, `popularity` (items,) as hybrid.log_popularity gives
    it.
    """
    folded = model.fold_in(liked, dislikes)
    taste = slice(0, -1 if isinstance(model.new_user, Pairwise) else None)  # without the bias
    of_known_items = (liked != 0) @ model.item_factors[:, taste].any(axis=1).astype(np.float32) > 0
    known, some = folded[:, taste].any(axis=1) & of_known_items, np.diff(liked.indptr) > 0
    found = np.repeat(popularity[None, :].astype(np.float32), liked.shape[0], axis=0)
    if (unknown := np.flatnonzero(some & ~known)).size:
        found[unknown] = z_scores(content_scores(liked[unknown], vectors)) + z_scores(
            popularity[None, :]
        )
    if (at := np.flatnonzero(known)).size:
        found[at] = blended(model.score_of(folded[at]), liked[at], vectors, popularity, weights)
    return found
