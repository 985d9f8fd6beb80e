"""The model als: what is fitted (recsys/als/fit.py), with which features, from where, and rows for
cold items.
"""

from collections.abc import Callable

import numpy as np
from pydantic import Field

from recsys.als import fit as als
from recsys.dataset.interactions import Interactions
from recsys.dataset.training_inputs import Inputs
from recsys.models.checkpoints import Checkpoints
from recsys.models.cold_items import by_ridge, settled
from recsys.models.fold_in import LeastSquares
from recsys.models.model import Model, Predict, Serving, Trained
from recsys.models.warm_start import Start


class Params(als.Params, Serving):
    """The section train_als."""

    MODEL_TYPE = "als"

    feature_prior: bool  # draw item factors to a map of the embeddings
    warm_iterations: int = Field(ge=1)

    def model_post_init(self, _context: object) -> None:
        if self.feature_prior and self.solver == "implicit":
            raise ValueError(
                "solver implicit knows no feature_prior; set it to false, or take solver: native"
            )
        if self.cold_start == "features" and not self.feature_prior:
            raise ValueError(
                "cold_start: features takes the rows of the feature prior; set feature_prior to true"
            )

    def new_user(self) -> LeastSquares:
        """How a user is folded in who was not trained on."""
        weight = self.dislike_weight if self.dislikes == "negative" else 0.0
        return LeastSquares(self.alpha, self.regularization, self.frequency_scaling, weight)


def fitted(
    known: Interactions,
    vectors: np.ndarray,
    params: Params,
    start: Start | None = None,
    checkpoints: Checkpoints | None = None,
) -> Trained:
    """The fit on some interactions; from `start` it takes `warm_iterations`."""
    return als.fit(
        known.confidence,
        known.dislikes,
        vectors if params.feature_prior else None,
        params,
        iterations=params.iterations if start is None else params.warm_iterations,
        start=start.factors if start else None,
        checkpoints=checkpoints,
    )


def train(
    inputs: Inputs, params: Params, start: Start | None, checkpoints: Callable[[str], Checkpoints]
) -> Model:
    """Fit on all interactions, and settle the cold items."""
    trained = fitted(inputs.known, inputs.vectors, params, start, checkpoints("all"))

    def refit(known: Interactions) -> Trained:
        return fitted(known, inputs.vectors, params, None, checkpoints("hidden"))

    return settled(
        trained, refit, _predict(inputs.vectors, params), params.new_user(), inputs, params, start
    )


def _predict(vectors: np.ndarray, params: Params) -> Predict:
    """What a cold item's row is drawn to: the ridge map of the warm items, or the prior of the fit."""
    if params.cold_start == "ridge":
        return by_ridge(vectors, bias=False)

    def prior(item_factors: np.ndarray, known: Interactions) -> np.ndarray:
        weights = als.problem(known.confidence, known.dislikes, vectors, params).item_penalty
        return als.prior(item_factors, vectors, weights, params.feature_regularization)

    return prior
