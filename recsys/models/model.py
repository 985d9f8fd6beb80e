"""What a fit gives, what a training stage writes, and how the end of training speaks to a model.

ALS and BPR each have a Fit (recsys/als/model.py, recsys/bpr/model.py); what is done with either,
recsys/models/cold_items.py does.
"""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.interactions import Interactions
from recsys.models.checkpoints import Part
from recsys.models.factors import Factors
from recsys.models.fold_in import FoldIn
from recsys.models.fold_rows import FoldRows
from recsys.models.manifest import Notes
from recsys.models.params import TrainParams
from recsys.models.warm_start import Start

Curve = list[dict[str, float]]  # what training reported, a row an iteration or epoch


@dataclass(frozen=True)
class Trained:
    """Factors by row index, and what the fit reported.

    A score is the product of a user's and an item's row.
    """

    user_factors: np.ndarray  # (users, f) float32
    item_factors: np.ndarray  # (items, f) float32
    curve: Curve

    def score(self, users: np.ndarray) -> np.ndarray:
        """Scores (n, items) float32 of the users with these indices (n,)."""
        scores: np.ndarray = self.user_factors[users] @ self.item_factors.T
        return scores

    def of_judges(self, held_out: csr_matrix) -> FoldRows:
        """The rows by which the fold is judged: of users with an entry in `held_out` (users,
        items), and of all items.
        """
        return FoldRows.of(self.user_factors, self.item_factors, held_out)


@dataclass(frozen=True)
class TrainedModel:
    """What a training stage writes."""

    factors: Factors
    curve: Curve
    notes: Notes  # for the manifest
    fold: FoldRows | None = None  # of the same fit without the validation fold
    # from which purchases (users, items), those of the warm start among them
    learned: csr_matrix | None = None

    def noted(self, **found: object) -> "TrainedModel":
        """The same with more in its notes; what is None is left out."""
        more = {name: value for name, value in found.items() if value is not None}
        return replace(self, notes=self.notes.model_copy(update=more))


class Fit(Protocol):
    """A model with its settings, ready to be fitted to interactions."""

    @property
    def params(self) -> TrainParams:
        """Its section of params.yaml."""

    def fit(
        self, known: Interactions, start: Start | None = None, part: Part = Part.ALL
    ) -> Trained:
        """The fit on these interactions, from `start`; `part` says whose checkpoints are its."""

    def predict_rows(self, item_factors: np.ndarray, known: Interactions) -> np.ndarray:
        """What the texts say that each row of `item_factors` (items, f) should be, (items, f)
        float32; learned from the items that have positives in `known`.
        """

    def new_user(self, start: Start | None = None, /) -> FoldIn:
        """How a user is folded in who was not trained on, after a fit from `start`."""


def require_finite(*matrices: np.ndarray) -> None:
    """FloatingPointError if a number in them is infinite or none, or their squares add up to no
    number: the fit has run away. In one pass without a copy, as each epoch ends with it.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        sums = [np.vdot(matrix, matrix) for matrix in matrices]
    if not np.isfinite(sums).all():
        raise FloatingPointError
