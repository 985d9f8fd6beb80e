"""How one setting is judged: fitted without the held-out positives, by the rank that it gives to
each of them.

process holds out one positive of a user. Its place among the items that the user has not touched
says all that recall_at_10 and ndcg_at_10 are made of, so a setting is scored once, and every pair
of hybrid weights is a sum and a count. The test is never read.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from ops.tuning.space import ModelParams
from recsys.als.model import AlsFit
from recsys.als.params import Params as AlsParams
from recsys.bpr import fit as bpr
from recsys.dataset.interactions import Interactions, some_users
from recsys.dataset.sparse import entries_per_row
from recsys.dataset.training_inputs import Inputs
from recsys.models.model import Trained
from recsys.program.errors import DataError
from recsys.ranking import hybrid, top_k
from recsys.ranking.baselines import content_scores
from recsys.ranking.hybrid import Parts, Weights
from recsys.ranking.top_k import Scorer, in_blocks, only_unseen

DEEPEST = 10  # an item on this place (0-based) or after it is no hit

GAINS = {
    "recall_at_10": np.append(np.ones(DEEPEST), 0),
    "ndcg_at_10": np.append(1 / np.log2(np.arange(2, DEEPEST + 2)), 0),
}


@dataclass(frozen=True)
class Fold:
    """What every trial of a study sees."""

    inputs: Inputs
    known: Interactions  # without the held-out positives
    held_out: csr_matrix  # (users, items), one of some users


@dataclass(frozen=True)
class Outcome:
    """What a setting came to: places (users,) uint8, at most DEEPEST, of those users in index
    order.
    """

    weights: Weights  # the best pair
    places: np.ndarray  # with them
    plain: np.ndarray  # by the factors alone
    given: np.ndarray  # with the weights of the setting itself
    epochs: int | None  # of bpr, as early stopping found


def fold(inputs: Inputs, users: int) -> Fold:
    """The fold, judged by at most so many users. DataError if it has nothing to judge by."""
    held_out = some_users(inputs.held_out, users)
    if not held_out.nnz:
        raise DataError(
            "validation.parquet: no held-out positives, so nothing to choose by; "
            "one comes from each user with three positives "
            "(two with process.split: global_time): add reviews, then `make repro`"
        )
    if np.diff(held_out.indptr).max() > 1:
        raise DataError(
            "validation.parquet: a user has more than one held-out positive; "
            "run `dvc repro process`"
        )
    return Fold(inputs, inputs.fold(), held_out)


def judged(
    params: ModelParams, on: Fold, pairs: Sequence[Weights], objective: str
) -> Outcome:
    """Fit and rank; of `pairs` the one with the best objective, the first of equal ones."""
    plain = Weights(content=0, popularity=0)
    found, epochs = ranked(params, on, [plain, params.hybrid, *pairs])
    best = int(np.argmax(gains(found[2:], objective).mean(axis=1)))
    return Outcome(pairs[best], found[2 + best], found[0], found[1], epochs)


def ranked(
    params: ModelParams, on: Fold, pairs: Sequence[Weights]
) -> tuple[np.ndarray, int | None]:
    """Fit; places (pairs, users) uint8 with each of the weights, and the epochs of bpr."""
    trained, epochs = _fitted(params, on)
    return places(
        trained.score, on.known, on.held_out, on.inputs.vectors, pairs
    ), epochs


def _fitted(params: ModelParams, on: Fold) -> tuple[Trained, int | None]:
    if isinstance(params, AlsParams):
        return AlsFit(params, on.inputs.vectors).fit(on.known), None
    known = on.inputs.known
    searched = bpr.search(known.binary, known.dislikes, on.inputs.held_out, params)
    return searched.fold, searched.epochs


def gains(found: np.ndarray, metric: str) -> np.ndarray:
    """recall_at_10 or ndcg_at_10 of each place: float64 of the same shape."""
    values: np.ndarray = GAINS[metric][found]
    return values


def places(
    score: Scorer,
    known: Interactions,
    held_out: csr_matrix,
    vectors: np.ndarray,
    pairs: Sequence[Weights],
) -> np.ndarray:
    """Each held-out positive's place among the unseen items, (pairs, users) uint8, DEEPEST where it
    is no hit.

    By the scores of recsys/ranking/hybrid.py to the last bit; ties as recsys/ranking/metrics.py
    breaks them. In batches of users, each z-scored once for all pairs. ValueError if a score is not
    a number.
    """
    users = np.flatnonzero(entries_per_row(held_out))
    popularity = hybrid.z_scores(hybrid.log_popularity(known.binary)[None, :])
    seen = known.seen

    def of_batch(batch: np.ndarray) -> np.ndarray:
        raw = np.asarray(score(batch), dtype=np.float32)
        content = content_scores(known.binary[batch], vectors)
        parts = Parts(hybrid.z_scores(raw), hybrid.z_scores(content), popularity)
        touched, wanted = seen[batch], held_out[batch]
        found = np.empty((len(pairs), len(batch)), dtype=np.uint8)
        for row, weights in enumerate(pairs):
            scores = raw if weights.only_factors else hybrid.combine(parts, weights)
            with only_unseen(scores, touched) as ranked:
                found[row] = _capped(top_k.places(ranked, wanted))
        return found

    blocks = [found for _, found in in_blocks(of_batch, users, held_out.shape[1])]
    return np.concatenate([np.empty((len(pairs), 0), dtype=np.uint8), *blocks], axis=1)


def _capped(place: np.ndarray) -> np.ndarray:
    """Places as they count: DEEPEST where it is no hit, (n,) uint8."""
    return np.where(place < 0, DEEPEST, np.minimum(place, DEEPEST)).astype(np.uint8)
