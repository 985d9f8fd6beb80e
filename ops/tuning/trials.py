"""How one setting is judged: fitted without the held-out positives, by the place that it gives to
each of them (recsys/ranking/places.py). The test is never read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_matrix

from ops.tuning.space import ModelParams
from recsys.als.model import AlsFit
from recsys.als.params import Params as AlsParams
from recsys.bpr import fit as bpr
from recsys.dataset.interactions import Interactions, some_users
from recsys.dataset.training_inputs import Inputs
from recsys.models.model import Trained
from recsys.program.errors import DataError
from recsys.ranking import hybrid
from recsys.ranking.hybrid import Beside
from recsys.ranking.places import gains, places
from recsys.ranking.weights import ONLY_FACTORS, Weights

EVERY_PART = Weights(content=1, popularity=1, neighbours=1)


@dataclass(frozen=True)
class Fold:
    """What every trial of a study sees."""

    inputs: Inputs
    known: Interactions  # without the held-out positives
    held_out: csr_matrix  # (users, items), one of some users

    @cached_property
    def beside(self) -> Beside:
        """What the hybrid score needs beside factors; made once for all trials."""
        vectors = self.inputs.vectors
        return hybrid.beside(self.known.binary, vectors, EVERY_PART)


@dataclass(frozen=True)
class Outcome:
    """What a setting came to: places (users,) uint8, of those users in index order."""

    weights: Weights  # the best of those that were tried
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
    params: ModelParams, on: Fold, triples: Sequence[Weights], objective: str
) -> Outcome:
    """Fit and rank; of `triples` the one with the best objective, the first of equal ones."""
    found, epochs = ranked(params, on, [ONLY_FACTORS, params.hybrid, *triples])
    best = int(np.argmax(gains(found[2:], objective).mean(axis=1)))
    return Outcome(triples[best], found[2 + best], found[0], found[1], epochs)


def ranked(
    params: ModelParams, on: Fold, triples: Sequence[Weights]
) -> tuple[np.ndarray, int | None]:
    """Fit; places (weights, users) uint8 with each of the weights, and the epochs of bpr."""
    trained, epochs = _fitted(params, on)
    found = places(trained.score, on.known, on.held_out, on.beside, triples)
    return found, epochs


def _fitted(params: ModelParams, on: Fold) -> tuple[Trained, int | None]:
    if isinstance(params, AlsParams):
        return AlsFit(params, on.inputs.vectors).fit(on.known), None
    known = on.inputs.known
    searched = bpr.search(known.binary, known.dislikes, on.inputs.held_out, params)
    return searched.fold, searched.epochs
