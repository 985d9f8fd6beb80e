"""The model bpr: by which loss it is fitted (recsys/bpr/fit.py, recsys/softmax/fit.py), for how
many epochs, and from where.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from recsys.bpr import fit as bpr
from recsys.bpr import loss
from recsys.bpr.params import Params
from recsys.dataset.interactions import Interactions
from recsys.dataset.sparse import item_counts
from recsys.dataset.training_inputs import Inputs
from recsys.models.checkpoints import Part, TrainingCheckpoints
from recsys.models.choice import choose_weights, judges_of
from recsys.models.cold_items import with_cold_rows
from recsys.models.cosine_fold import Cosines
from recsys.models.model import Curve, Trained, TrainedModel
from recsys.models.model_folder import SavedModel
from recsys.models.pairwise_fold import Pairwise
from recsys.models.params import OFF
from recsys.models.ridge_map import rows_from_texts
from recsys.models.warm_start import Start
from recsys.program.errors import ConfigError
from recsys.ranking.top_k import Scorer
from recsys.softmax.model import SoftmaxFit
from recsys.softmax.params import AUTO

OTHER_SEEDS = 5  # of fits by which weights are chosen, too
CHEAP_VISITS = 500_000  # where a fit goes over so many positives in all, or fewer


@dataclass(frozen=True)
class BprFit:
    """BPR with its settings, for so many epochs (recsys/models/model.py: Fit)."""

    params: Params
    vectors: np.ndarray  # (items, d) float32, the items' embeddings
    epochs: int
    checkpoints: TrainingCheckpoints | None = None

    def affordable(self, positives: int) -> int:
        """As many of its epochs as so many positives allow."""
        return self.params.affordable(self.epochs, positives)

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


@dataclass(frozen=True)
class Chosen:
    """How a model is fitted, and what the validation fold said of it."""

    fit: BprFit | SoftmaxFit
    fold: Trained | None = None  # the fit without the fold
    note: dict[str, Any] | None = None  # what was tried, for the manifest


def train(
    inputs: Inputs,
    params: Params,
    start: Start | None,
    checkpoints: TrainingCheckpoints,
) -> TrainedModel:
    """Find the loss and its setting on the validation fold, fit all interactions by them, and fill
    in the rows of cold items.

    From a warm start it is `warm_epochs` of the loss of the model that it starts from: that one has
    seen the fold.
    """
    some = inputs.of_some_users()
    if start is not None:
        chosen = Chosen(warm_fit(inputs, params, start, checkpoints))
    else:
        chosen = by_the_fold(some, params, checkpoints)
    params, note = choose_weights(scores_of(chosen, some, params), some, params, start)
    fit = replace(chosen.fit, params=params)
    fit = replace(fit, epochs=fit.affordable(inputs.known.binary.nnz))
    model = with_cold_rows(fit.fit(inputs.known, start), fit, inputs, start)
    curve = by_epoch(chosen.fold.curve, model.curve) if chosen.fold else model.curve
    model = model.noted(search=note, loss=chosen.note, epochs=fit.epochs)
    held_out = judges_of(some)
    fold = None
    if chosen.fold and held_out is not None:
        fold = chosen.fold.of_judges(held_out)
    return replace(model, curve=curve, fold=fold)


def scores_of(chosen: Chosen, inputs: Inputs, params: Params) -> list[Scorer]:
    """Of the fit without the fold; of a small shop also of others with other seeds, so that the
    weights are not chosen by the luck of one.
    """
    if chosen.fold is None or params.search == OFF:
        return []
    known, fit = inputs.fold(), chosen.fit
    scores: list[Scorer] = [chosen.fold.score]
    if known.binary.nnz * fit.epochs <= CHEAP_VISITS:
        for more in range(1, 1 + OTHER_SEEDS):
            other = params.model_copy(update={"seed": params.seed + more})
            again = replace(fit, params=other, checkpoints=None)
            scores.append(again.fit(known).score)
    return scores


def by_the_fold(
    inputs: Inputs, params: Params, checkpoints: TrainingCheckpoints
) -> Chosen:
    """The loss and its setting: of BPR the number of epochs, of softmax the temperature."""
    pairs = None
    if params.loss != loss.SOFTMAX:
        pairs = _searched(inputs, params, checkpoints)
    if pairs and params.loss == loss.BPR:
        return pairs
    if pairs and (note := loss.not_tried(inputs.known, params.softmax)):
        return replace(pairs, note=note)
    rival = pairs.fold if pairs else None
    verdict = loss.judge(rival, inputs, params, checkpoints)
    if pairs and not verdict.takes_softmax:
        return replace(pairs, note=verdict.note)
    fit = _softmax(
        inputs, params, verdict.temperature, params.softmax.epochs, checkpoints
    )
    return Chosen(fit, verdict.fold, verdict.note)


def _searched(
    inputs: Inputs, params: Params, checkpoints: TrainingCheckpoints
) -> Chosen:
    """BPR for as many epochs as the fold says."""
    known, kept = inputs.known, checkpoints.of(Part.FOLD)
    epochs = params.affordable(params.epochs, known.binary.nnz)
    searched = bpr.search(
        *(known.binary, known.dislikes, inputs.held_out),
        params.model_copy(update={"epochs": epochs}),
        checkpoints=kept,
    )
    fit = BprFit(params, inputs.vectors, searched.epochs, checkpoints)
    return Chosen(fit, searched.fold)


def warm_fit(
    inputs: Inputs, params: Params, start: Start, checkpoints: TrainingCheckpoints
) -> BprFit | SoftmaxFit:
    """The loss of the model that the fit starts from, and its temperature if none is set."""
    epochs, rule = params.warm_epochs, start.new_user
    if not isinstance(rule, Cosines):
        return BprFit(params, inputs.vectors, epochs, checkpoints)
    stated = params.softmax.temperature
    temperature = rule.temperature if stated == AUTO else stated
    epochs = min(epochs, params.softmax.epochs)  # more than a whole fit are no use
    return _softmax(inputs, params, temperature, epochs, checkpoints)


def _softmax(
    inputs: Inputs,
    params: Params,
    temperature: float,
    epochs: int,
    checkpoints: TrainingCheckpoints,
) -> SoftmaxFit:
    return SoftmaxFit(
        params, params.softmax, temperature, inputs.vectors, epochs, checkpoints
    )


def width(params: Params, earlier: SavedModel) -> int:
    """The width of factors for a fit that starts from this model.

    ConfigError if it was fitted by another loss than that of the params.
    """
    is_softmax = isinstance(earlier.factors.new_user, Cosines)
    its = loss.SOFTMAX if is_softmax else loss.BPR
    if params.loss not in (its, AUTO):
        raise ConfigError(
            f"params.yaml: train_bpr.warm_start: {params.warm_start} was fitted by loss {its}; "
            f"set train_bpr.loss to {its} or auto, or warm_start to off"
        )
    return params.softmax.factors if is_softmax else params.factors + 1


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
