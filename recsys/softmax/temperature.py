"""The temperature of a shop: a few are tried on the validation fold, the best one is taken.

The fits that are compared are short, of one over SHORT of the epochs; only the best temperature
gets a whole one (successive halving; Jamieson & Talwalkar, 2016). So a search costs about as much
as the fit itself does twice.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.interactions import Interactions, judges
from recsys.models.checkpoints import Part, TrainingCheckpoints
from recsys.models.choice import lead
from recsys.models.model import Trained
from recsys.ranking.metrics import metrics_of
from recsys.softmax import fit as softmax
from recsys.softmax.params import AUTO, Params

PORTFOLIO = (0.08, 0.15, 0.3, 0.8)
USUAL = 0.15  # where there is no fold to choose by
SHORT = 3
SURE = 2  # standard errors by which a short fit is so far behind that a whole one is no use
USERS = 5_000  # at most so many users of the fold are ranked
MEASURE = "ndcg_at_10"


class Fold(NamedTuple):
    """What settings are chosen by."""

    known: Interactions  # without the held-out positives
    held_out: csr_matrix  # (users, items), those of at most USERS

    def found(self, model: Trained) -> np.ndarray:
        """ndcg_at_10 of each user of the fold, (n,) float64, by the factors alone: what weighs
        beside them is chosen for the model that is taken.
        """
        return metrics_of(model.score, self.known.seen, self.held_out)[MEASURE]


class Searched(NamedTuple):
    """The temperature that was found, and what it is worth."""

    temperature: float
    fold: Trained  # the best fit
    found: np.ndarray  # ndcg_at_10 of each user of the fold by it, (n,) float64
    # temperature, epochs and ndcg_at_10 of each fit
    tried: list[dict[str, Any]]


def fold_of(known: Interactions, held_out: csr_matrix) -> Fold:
    """The fold of these positives, which are taken out of `known`."""
    return Fold(known.without(held_out), judges(held_out, USERS))


def search(
    fold: Fold,
    params: Params,
    seed: int,
    checkpoints: TrainingCheckpoints | None = None,
    rival: np.ndarray | None = None,
) -> Searched:
    """The best temperature of the portfolio, or that of the params, by the fold.

    `rival` (n,) is the ndcg_at_10 of another model: where the best short fit is surely behind it,
    there is no whole fit. At a tie the lower temperature is taken.
    """
    tried: list[dict[str, Any]] = []

    def searched(temperature: float, epochs: int) -> Searched:
        which = ("softmax", temperature, epochs)
        model = softmax.fit(
            fold.known.binary,
            params,
            temperature,
            seed,
            epochs=epochs,
            checkpoints=checkpoints.of(Part.FOLD, *which) if checkpoints else None,
        )
        found = fold.found(model)
        mean = round(float(found.mean()), 6)
        tried.append({"temperature": temperature, "epochs": epochs, MEASURE: mean})
        return Searched(temperature, model, found, tried)

    whole = params.affordable(params.epochs, fold.known.binary.nnz)
    if params.temperature != AUTO:
        return searched(params.temperature, whole)
    epochs = math.ceil(whole / SHORT)
    short = [searched(temperature, epochs) for temperature in PORTFOLIO]
    best = max(short, key=lambda one: float(one.found.mean()))
    if rival is not None:
        behind = lead(rival, best.found)
        if behind.mean > SURE * behind.error:
            return best
    return searched(best.temperature, whole)
