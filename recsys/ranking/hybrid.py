"""The score that ranks: factors, content, popularity and neighbours, on one scale for each user.

    score(u, i) = z(x_u . y_i) + content z(cos(p_u, v_i)) + popularity z(log(1 + n_i))
                  + neighbours z(sum over liked j of c_uj P_ji)

z: minus the mean, over the standard deviation, over all items for one user (0 where all are equal).
p_u is the mean embedding of what the user liked, v_i the embedding of the item, n_i its number of
training positives, P what is bought together (recsys/ranking/neighbours.py), c_uj what j counts by
its age (recsys/ranking/memory.py). What users like comes as csr (users, items) of ages; ones say
that nothing is known of these. The weights are chosen on the validation fold
(recsys/models/choice.py); with all at 0 the score is that of the factors alone.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.sparse import item_counts
from recsys.ranking.baselines import content_scores
from recsys.ranking.neighbours import item_neighbours, neighbour_scores
from recsys.ranking.rows_kernel import add_parts, z_rows
from recsys.ranking.top_k import Scorer
from recsys.ranking.weights import Weights

ROUNDING = 1e-6  # of a sum of float32, relative
UNUSED = np.zeros((1, 1), dtype=np.float32)  # a part that weighs 0


@dataclass(frozen=True)
class Beside:
    """What is known of a shop's items beside their factors; made once, read by all threads."""

    vectors: np.ndarray  # (items, d) float32, the embeddings, of length 1
    popularity: np.ndarray  # (items,) float32, log(1 + training positives)
    neighbours: csr_matrix | None  # (items, items) float32; None where they weigh 0


class Parts(NamedTuple):
    """What is added up, each z-scored, (users, items) float32; or one row or cell for them all."""

    factors: np.ndarray
    content: np.ndarray
    popularity: np.ndarray
    neighbours: np.ndarray


def beside(user_items: csr_matrix, vectors: np.ndarray, *weights: Weights) -> Beside:
    """What these weights need of the training positives csr (users, items) and the embeddings
    (items, d) float32.
    """
    near = None
    if any(one.neighbours for one in weights):
        near = item_neighbours(user_items)
    return Beside(vectors, log_popularity(user_items), near)


def combine(parts: Parts, weights: Weights) -> np.ndarray:
    """The weighted sum of the parts, a new array (users, items) float32; always in this order."""
    total = np.array(parts.factors, dtype=np.float32, order="C")
    return combined(parts._replace(factors=total), weights)


def combined(parts: Parts, weights: Weights) -> np.ndarray:
    """As `combine`, but the sum takes the place of `parts.factors`, (users, items) float32 in one
    piece: nobody else may need these.
    """
    total = parts.factors
    weight = np.array(
        [weights.content, weights.popularity, weights.neighbours], dtype=np.float32
    )
    others = [_rows(part, total) for part in parts[1:]]
    add_parts(total, *others, weight)
    return total


def _rows(part: np.ndarray, total: np.ndarray) -> np.ndarray:
    """A part whose rows are as wide as those of `total`: (users or 1, items) float32, its own
    memory: numba compiles anew for a view that may not be written to.
    """
    users, items = total.shape
    shape = (users if len(part) == users else 1, items)
    if part.shape != shape or not part.flags.writeable:
        part = np.array(np.broadcast_to(part, shape))
    return np.ascontiguousarray(part, np.float32)


def z_scores(scores: np.ndarray) -> np.ndarray:
    """Each row of `scores` (users, items) on one scale: mean 0, standard deviation 1; zeros where
    all are equal. float32 of the same shape.

    Equal is what differs by no more than rounding: a product of equal vectors may differ in its
    last bits, and these must not be blown up to a whole deviation.
    """
    return z_scored(np.array(scores, dtype=np.float32, order="C"))


def z_scored(scores: np.ndarray) -> np.ndarray:
    """As `z_scores`, but in place, of (users, items) float32 in one piece."""
    z_rows(scores, ROUNDING)
    return scores


def log_popularity(user_items: csr_matrix) -> np.ndarray:
    """log(1 + number of positives) of each item of csr (users, items), (items,) float32."""
    popularity: np.ndarray = np.log1p(item_counts(user_items)).astype(np.float32)
    return popularity


def of_content(liked: csr_matrix, beside: Beside, weight: float) -> np.ndarray:
    """The part of content, z-scored (users, items) float32; UNUSED where it weighs 0."""
    return z_scores(content_scores(liked, beside.vectors)) if weight else UNUSED


def of_popularity(beside: Beside, weight: float) -> np.ndarray:
    """The part of popularity, z-scored (1, items) float32; UNUSED where it weighs 0."""
    return z_scores(beside.popularity[None, :]) if weight else UNUSED


def of_neighbours(
    liked: csr_matrix, beside: Beside, weight: float, memory: float = 0.0
) -> np.ndarray:
    """The part of neighbours, z-scored (users, items) float32; UNUSED where it weighs 0.

    ValueError if it weighs something and `beside` was made for weights that have none.
    """
    if not weight:
        return UNUSED
    if beside.neighbours is None:
        raise ValueError("made for weights without neighbours")
    return z_scored(neighbour_scores(liked, beside.neighbours, memory))


def blended(
    scores: np.ndarray, liked: csr_matrix, beside: Beside, weights: Weights
) -> np.ndarray:
    """The hybrid score (users, items) float32 of some users.

    `scores` (users, items) float32 are those of the factors, `liked` csr (users, items) the ages
    of their positives.
    """
    if weights.only_factors:
        return scores
    return joined(scores, parts_beside(liked, beside, weights), weights)


def parts_beside(liked: csr_matrix, beside: Beside, weights: Weights) -> Parts:
    """All parts but that of the factors, which is UNUSED, of users by what they like (`blended`).
    They are none with weights of the factors alone.
    """
    return Parts(
        UNUSED,
        of_content(liked, beside, weights.content),
        of_popularity(beside, weights.popularity),
        of_neighbours(liked, beside, weights.neighbours, weights.memory),
    )


def joined(scores: np.ndarray, parts: Parts, weights: Weights) -> np.ndarray:
    """The hybrid score (users, items) float32 by the factors' `scores` and the other parts."""
    if weights.only_factors:
        return scores
    return combined(parts._replace(factors=z_scores(scores)), weights)


def scorer(
    score: Scorer, user_items: csr_matrix, vectors: np.ndarray, weights: Weights
) -> Scorer:
    """The hybrid of a model's `score` for known users; `user_items` (users, items) are the ages of
    the training positives, `vectors` (items, d) float32 the items' embeddings.
    """
    known = beside(user_items, vectors, weights)
    return lambda users: blended(score(users), user_items[users], known, weights)
