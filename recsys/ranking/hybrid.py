"""The score that ranks: factors, plus content, plus popularity, each on one scale for each user.

    score(u, i) = z(x_u . y_i) + content z(cos(p_u, v_i)) + popularity z(log(1 + n_i))

z: minus the mean, over the standard deviation, over all items for one user (0 where all are equal).
p_u is the mean embedding of what the user liked, v_i the embedding of the item, n_i its number of
training positives. The weights are params, chosen on the validation fold; with both at 0 the order
is that of the factors alone.
"""

import numpy as np
from pydantic import Field
from scipy.sparse import csr_matrix

from recsys.dataset.sparse import item_counts
from recsys.program.params import Section
from recsys.ranking.baselines import content_scores
from recsys.ranking.top_k import Scorer

ROUNDING = 1e-6  # of a sum of float32, relative


class Weights(Section):
    """What content and popularity weigh beside the factors, which weigh 1."""

    content: float = Field(ge=0, le=1000)
    popularity: float = Field(ge=0, le=1000)


def z_scores(scores: np.ndarray) -> np.ndarray:
    """Each row of `scores` (users, items) on one scale: mean 0, standard deviation 1; zeros where
    all are equal.

    Equal is what differs by no more than rounding: a product of equal vectors may differ in its
    last bits, and these must not be blown up to a whole deviation.
    """
    centred = scores - scores.mean(axis=1, keepdims=True, dtype=np.float64)
    spread = np.sqrt((centred**2).mean(axis=1, keepdims=True))
    differ = spread > ROUNDING * np.abs(scores).max(axis=1, keepdims=True)
    scaled: np.ndarray = np.divide(centred, spread, out=np.zeros_like(centred), where=differ)
    return scaled.astype(np.float32)


def log_popularity(user_items: csr_matrix) -> np.ndarray:
    """log(1 + number of positives) of each item, (items,) float32."""
    popularity: np.ndarray = np.log1p(item_counts(user_items)).astype(np.float32)
    return popularity


def blended(
    scores: np.ndarray,
    liked: csr_matrix,
    vectors: np.ndarray,
    popularity: np.ndarray,
    weights: Weights,
) -> np.ndarray:
    """The hybrid score (users, items) float32 of some users.

    `scores` (users, items) are those of the factors, `liked` csr (users, items) their positives,
    `vectors` (items, d) the items' embeddings of length 1, `popularity` (items,) as
    `log_popularity` gives it.
    """
    if not (weights.content or weights.popularity):
        return scores
    total = z_scores(scores)
    if weights.content:
        total += np.float32(weights.content) * z_scores(content_scores(liked, vectors))
    if weights.popularity:
        total += np.float32(weights.popularity) * z_scores(popularity[None, :])
    return total


def scorer(score: Scorer, user_items: csr_matrix, vectors: np.ndarray, weights: Weights) -> Scorer:
    """The hybrid of a model's score for known users; `user_items` (users, items) are the training
    positives.
    """
    popularity = log_popularity(user_items)
    return lambda users: blended(score(users), user_items[users], vectors, popularity, weights)
