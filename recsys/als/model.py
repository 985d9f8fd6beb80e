"""The model als: what is fitted (recsys/als/fit.py), with which features, and from where."""

from dataclasses import dataclass

import numpy as np

from recsys.als import fit as als
from recsys.als import objective
from recsys.als.params import Params
from recsys.dataset.interactions import Interactions
from recsys.dataset.sparse import item_counts
from recsys.models.checkpoints import Part, TrainingCheckpoints
from recsys.models.fold_in import LeastSquares
from recsys.models.model import Trained
from recsys.models.ridge_map import rows_from_texts
from recsys.models.warm_start import Start


@dataclass(frozen=True)
class AlsFit:
    """ALS with its settings (recsys/models/model.py: Fit)."""

    params: Params
    vectors: np.ndarray  # (items, d) float32, the items' embeddings
    checkpoints: TrainingCheckpoints | None = None

    def fit(
        self, known: Interactions, start: Start | None = None, part: Part = Part.ALL
    ) -> Trained:
        """The fit on these interactions; from `start` it takes `warm_iterations`."""
        params = self.params
        return als.fit(
            known.confidence,
            known.dislikes,
            self.vectors if params.feature_prior else None,
            params,
            iterations=params.warm_iterations if start else params.iterations,
            start=start.factors if start else None,
            checkpoints=self.checkpoints.of(part) if self.checkpoints else None,
        )

    def predict_rows(self, item_factors: np.ndarray, known: Interactions) -> np.ndarray:
        """The ridge map of the warm items, or the prior of the fit; (items, f) float32."""
        if self.params.cold_start == "ridge":
            counts = item_counts(known.binary)
            return rows_from_texts(self.vectors, item_factors, counts, bias=False)
        task = objective.problem(
            known.confidence, known.dislikes, self.vectors, self.params
        )
        weights, regularization = task.item_penalty, self.params.feature_regularization
        return als.prior(item_factors, self.vectors, weights, regularization)

    def new_user(self, _start: Start | None = None, /) -> LeastSquares:
        """The user's own part of the objective; a start changes nothing."""
        params = self.params
        weight = params.dislike_weight if params.dislikes == "negative" else 0.0
        return LeastSquares(
            params.alpha, params.regularization, params.frequency_scaling, weight
        )
