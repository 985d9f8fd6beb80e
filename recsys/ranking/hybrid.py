"""The score that ranks: factors, plus content, plus popularity, each on one scale for each user.

    score(u, i) = z(x_u . y_i) + content z(cos(p_u, v_i)) + popularity z(log(1 + n_i))

z: minus the mean, over the standard deviation, over all items for one user (0 where all are equal).
p_u is the mean embedding of what the user liked, v_i the embedding of the item, n_i its number of
training positives. The weights are params, chosen on the validation fold; with both at 0 the score
is that of the factors alone.
"""

from typing import NamedTuple

import numpy as np
from pydantic import Field
from scipy.sparse import csr_matrix

from recsys.dataset.sparse import item_counts
from recsys.program.params import Section
from recsys.ranking.baselines import content_scores
from recsys.ranking.kernel import z_rows
from recsys.ranking.top_k import Scorer

ROUNDING = 1e-6  # of a sum of float32, relative
UNUSED = np.zeros((1, 1), dtype=np.float32)  # a part that weighs 0


class Weights(Section):
    """What content and popularity weigh beside the factors, which weigh 1."""

    content: float = Field(ge=0, le=1000)
    popularity: float = Field(ge=0, le=1000)

    @property
    def only_factors(self) -> bool:
        """Whether the score is that of the factors, as it is."""
        return not (self.content or self.popularity)


class Parts(NamedTuple):
    """What is added up, each z-scored, (users, items) float32; or one row or cell for them all."""

    factors: np.ndarray
    content: np.ndarray
    popularity: np.ndarray


def combine(parts: Parts, weights: Weights) -> np.ndarray:
    """The weighted sum of the parts, a new array (users, items) float32; always in this order."""
    total = parts.factors.copy()
    if weights.content:
        total += np.float32(weights.content) * parts.content
    if weights.popularity:
        total += np.float32(weights.popularity) * parts.popularity
    return total


def z_scores(scores: np.ndarray) -> np.ndarray:
    """Each row of `scores` (users, items) on one scale: mean 0, standard deviation 1; zeros where
    all are equal. float32 of the same shape.

    Equal is what differs by no more than rounding: a product of equal vectors may differ in its
    last bits, and these must not be blown up to a whole deviation.
    """
    scaled = np.array(scores, dtype=np.float32, order="C")
    z_rows(scaled, ROUNDING)
    return scaled


def log_popularity(user_items: csr_matrix) -> np.ndarray:
    """log(1 + number of positives) of each item of csr (users, items), (items,) float32."""
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

    `scores` (users, items) float32 are those of the factors, `liked` csr (users, items) their
    positives, `vectors` (items, d) float32 the items' embeddings of length 1, `popularity` (items,)
    as `log_popularity` gives it.
    """
    if weights.only_factors:
        return scores
    of_content = z_scores(content_scores(liked, vectors)) if weights.content else UNUSED
    of_popularity = z_scores(popularity[None, :]) if weights.popularity else UNUSED
    return combine(Parts(z_scores(scores), of_content, of_popularity), weights)


def scorer(
    score: Scorer, user_items: csr_matrix, vectors: np.ndarray, weights: Weights
) -> Scorer:
    """The hybrid of a model's `score` for known users; `user_items` (users, items) are the training
    positives, `vectors` (items, d) float32 the items' embeddings.
    """
    popularity = log_popularity(user_items)
    return lambda users: blended(
        score(users), user_items[users], vectors, popularity, weights
    )
