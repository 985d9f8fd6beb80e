"""The model bpr: for how many epochs it is fitted (recsys/bpr/fit.py), and from where."""

from dataclasses import dataclass, replace

import numpy as np

from recsys.bpr import fit as bpr
from recsys.bpr.params import Params
from recsys.dataset.interactions import Interactions
from recsys.dataset.sparse import item_counts
from recsys.dataset.training_inputs import Inputs
from recsys.models.checkpoints import Part, TrainingCheckpoints
from recsys.models.choice import choose_weights
from recsys.models.cold_items import with_cold_rows
from recsys.models.fold_in import Pairwise
from recsys.models.model import Curve, Trained, TrainedModel
from recsys.models.ridge_map import rows_from_texts
from recsys.models.warm_start import Start


@dataclass(frozen=True)
class BprFit:
    """BPR with its settings, for so many epochs (recsys/models/model.py: Fit)."""

    params: Params
    vectors: np.ndarray  # (items, d) float32, the items' embeddings
    epochs: int
    checkpoints: TrainingCheckpoints | None = None

    def fit(
        self, known: Interactions, start: Start | None = None, part: Part = Part.ALL
    ) -> Trained:
        """The fit on these interactions; the last factor is the item's bias."""
        return bpr.fit(
            known.binary,
            known.dislikes,
            self.params,
            epochs=self.epochs,
            start=start.factors if start else None,
            checkpoints=self.checkpoints.of(part) if self.checkpoints else None,
        )

    def predict_rows(self, item_factors: np.ndarray, known: Interactions) -> np.ndarray:
        """The ridge map of the warm items, (items, f + 1) float32."""
        return rows_from_texts(
            self.vectors, item_factors, item_counts(known.binary), bias=True
        )

    def new_user(self, start: Start | None = None, /) -> Pairwise:
        """A descent as far as this fit and those before it went together, at most `epochs` of the
        params; its rate is their mean one.
        """
        earlier = start.new_user if start else None
        before = earlier.epochs if isinstance(earlier, Pairwise) else 0
        together = min(before + self.epochs, self.params.epochs)
        epochs = max(self.epochs, together)
        rate = self.params.learning_rate * (1 - self.params.decay_share / 2)
        return Pairwise(rate, self.params.regularization, epochs)


def train(
    inputs: Inputs,
    params: Params,
    start: Start | None,
    checkpoints: TrainingCheckpoints,
) -> TrainedModel:
    """Find the number of epochs on the validation fold, fit all interactions for as many, and fill
    in the rows of cold items.

    From a warm start it is `warm_epochs`: the model that it starts from has seen the fold.
    """
    known, searched, epochs = inputs.known, None, params.warm_epochs
    if start is None:
        kept = checkpoints.of(Part.FOLD)
        searched = bpr.search(
            known.binary, known.dislikes, inputs.held_out, params, checkpoints=kept
        )
        epochs = searched.epochs
    score = searched.fold.score if searched else None
    params, note = choose_weights(score, inputs, params, start)
    fit = BprFit(params, inputs.vectors, epochs, checkpoints)
    model = with_cold_rows(fit.fit(known, start), fit, inputs, start)
    model = model.noted(search=note)
    curve = by_epoch(searched.fold.curve, model.curve) if searched else model.curve
    return replace(
        model, curve=curve, notes=model.notes.model_copy(update={"epochs": epochs})
    )


def by_epoch(searched: Curve, final: Curve) -> Curve:
    """The points of a search, train_auc as fold_auc, and of the fit after it, by epoch."""
    fitted = {point["epoch"]: point for point in final}
    rows: Curve = []
    for point in searched:
        row = {
            ("fold_auc" if name == "train_auc" else name): point[name] for name in point
        }
        rows.append({**row, **fitted.get(point["epoch"], {})})
    return rows
