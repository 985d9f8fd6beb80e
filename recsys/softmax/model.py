"""The model softmax: with which temperature (recsys/softmax/fit.py), and from where."""

from dataclasses import dataclass

import numpy as np

from recsys.dataset.interactions import Interactions
from recsys.dataset.sparse import item_counts
from recsys.models.checkpoints import Part, TrainingCheckpoints
from recsys.models.cosine_fold import Cosines
from recsys.models.model import Trained
from recsys.models.params import TrainParams
from recsys.models.ridge_map import rows_from_texts
from recsys.models.warm_start import Start
from recsys.softmax import fit as softmax
from recsys.softmax.descent import WEIGHT
from recsys.softmax.params import Params
from recsys.softmax.rows import scaled


@dataclass(frozen=True)
class SoftmaxFit:
    """Sampled softmax with its settings (recsys/models/model.py: Fit)."""

    params: TrainParams
    settings: Params
    temperature: float
    vectors: np.ndarray  # (items, d) float32, the items' embeddings
    epochs: int
    checkpoints: TrainingCheckpoints | None = None

    def affordable(self, positives: int) -> int:
        """As many of its epochs as so many positives allow."""
        return self.settings.affordable(self.epochs, positives)

    def fit(
        self, known: Interactions, start: Start | None = None, part: Part = Part.ALL
    ) -> Trained:
        """The fit on these interactions; rows of length 1."""
        return softmax.fit(
            known.binary,
            self.settings,
            self.temperature,
            self.params.seed,
            epochs=self.epochs,
            start=start.factors if start else None,
            checkpoints=self.checkpoints.of(part, "softmax")
            if self.checkpoints
            else None,
        )

    def predict_rows(self, item_factors: np.ndarray, known: Interactions) -> np.ndarray:
        """The ridge map of the warm items at length 1, (items, f) float32."""
        counts = item_counts(known.binary)
        rows = rows_from_texts(self.vectors, item_factors, counts, bias=False)
        return scaled(rows.astype(np.float32))

    def new_user(self, _start: Start | None = None, /) -> Cosines:
        """The user's own part of the objective; a start changes nothing."""
        return Cosines(self.temperature, WEIGHT)
