"""The last step of training: rows of cold items, if the validation fold says that they help."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from recsys import cold_items, hybrid
from recsys.checkpoints import Checkpoints
from recsys.factors import Factors
from recsys.fold_in import FoldIn
from recsys.inputs import Inputs, positives
from recsys.params import Section
from recsys.ranking import Scorer
from recsys.training import Trained
from recsys.validation import Interactions
from recsys.warm_start import OFF, Start

log = logging.getLogger(__name__)

Predict = Callable[[np.ndarray, Interactions], np.ndarray]  # item factors, and what they were fitted on -> rows


class Serving(Section):
    """What both models have in their section besides the settings of their solver."""

    MODEL_TYPE: ClassVar[str]

    cold_start: Literal["ridge", "features", "off"]
    cold_threshold: int = Field(ge=1)  # an item with fewer training positives is cold
    hybrid: hybrid.Weights
    warm_start: str
    checkpoint_every: int = Field(ge=1)  # steps
    checkpoint_seconds: float = Field(ge=0)  # at least so long from one to the next
    seed: int = Field(ge=0)

    def checkpoints(self, folder: Path, version: int, inputs: Inputs) -> Callable[[str], Checkpoints]:
        """A function from a part of training to its states in `folder`, kept by all that they are a function of."""
        made_of = [version, self.model_dump(), inputs.hashes]
        return lambda part: Checkpoints(folder, [*made_of, part], self.checkpoint_every, self.checkpoint_seconds)

    @field_validator("warm_start")
    @classmethod
    def _of_its_own_type(cls, value: str) -> str:
        if value != OFF and not re.fullmatch(rf"{cls.MODEL_TYPE}-[0-9a-f]{{12}}", value):
            raise ValueError(f"must be off, or the id of an earlier model such as {cls.MODEL_TYPE}-0123456789ab")
        return value


@dataclass(frozen=True)
class Model:
    """What a training stage writes."""

    factors: Factors
    curve: list[dict[str, float]]
    notes: dict[str, Any]  # for the manifest


def settled(
    trained: Trained,
    refit: Callable[[Interactions], Trained],
    predict: Predict,
    new_user: FoldIn,
    inputs: Inputs,
    serving: Serving,
    start: Start | None,
) -> Model:
    """The model of a fit, with rows for cold items if they help.

    `refit` is the same fit on other interactions: for the verdict, which is found by the score that will serve. From a
    warm start it is the verdict on the model that it started from: that one has seen what should be hidden.
    """
    notes: dict[str, Any] = {"embedding_space": inputs.space}
    if serving.cold_start != "off":
        notes["cold_start"] = {"used": start.cold_rows} if start else _judged(refit, predict, inputs, serving)
    item_factors = trained.item_factors
    if notes.get("cold_start", {}).get("used"):
        item_factors = _filled(item_factors, predict, inputs.known, serving.cold_threshold)
    ids = inputs.ids
    return Model(Factors(ids.users, ids.items, trained.user_factors, item_factors, new_user), trained.curve, notes)


def _judged(
    refit: Callable[[Interactions], Trained], predict: Predict, inputs: Inputs, serving: Serving
) -> dict[str, float | bool]:
    """Whether predicted rows help, for the manifest; and said in the log."""
    left, hidden, targets = cold_items.hide(inputs.fold(), serving.seed)
    fitted = refit(left)
    verdict = cold_items.verdict(
        lambda rows: _served(fitted.user_factors, rows, left, inputs.vectors, serving.hybrid),
        _filled(fitted.item_factors, predict, left, serving.cold_threshold),
        fitted.item_factors,
        hidden,
        targets,
        left.seen,
        inputs.held_out,
        serving.seed,
    )
    log.info("cold_start %s %s", serving.cold_start, verdict.sentence())
    return verdict.as_dict()


def _filled(item_factors: np.ndarray, predict: Predict, known: Interactions, threshold: int) -> np.ndarray:
    """Item factors (items, f) with the rows of cold items drawn to what is predicted for them."""
    return cold_items.joined(item_factors, predict(item_factors, known), positives(known.binary), threshold)


def _served(
    user_factors: np.ndarray, rows: np.ndarray, fold: Interactions, vectors: np.ndarray, weights: hybrid.Weights
) -> Scorer:
    """The hybrid score with these item factors."""
    return hybrid.scorer(lambda users: user_factors[users] @ rows.T, fold.binary, vectors, weights)


def by_ridge(vectors: np.ndarray, bias: bool) -> Predict:
    """Predicts rows by the ridge map from embeddings `vectors` (items, d); `bias` if the last factor is one."""
    return lambda factors, known: cold_items.mapped(vectors, factors, positives(known.binary), bias)
