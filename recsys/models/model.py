"""What ALS and BPR share: the params of both sections, what a fit returns, what a stage writes."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from recsys.dataset.interactions import Interactions
from recsys.dataset.training_inputs import Inputs
from recsys.models.checkpoints import Checkpoints
from recsys.models.factors import Factors
from recsys.models.warm_start import OFF
from recsys.program.params import Section
from recsys.ranking import hybrid

Predict = Callable[
    [np.ndarray, Interactions], np.ndarray
]  # item factors, and what they were fitted on -> rows


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

    def checkpoints(
        self, folder: Path, version: int, inputs: Inputs
    ) -> Callable[[str], Checkpoints]:
        """A function from a part of training to its states in `folder`, kept by all that they are a
        function of.
        """
        made_of = [version, self.model_dump(), inputs.hashes]
        return lambda part: Checkpoints(
            folder, [*made_of, part], self.checkpoint_every, self.checkpoint_seconds
        )

    @field_validator("warm_start")
    @classmethod
    def _of_its_own_type(cls, value: str) -> str:
        if value != OFF and not re.fullmatch(rf"{cls.MODEL_TYPE}-[0-9a-f]{{12}}", value):
            raise ValueError(
                f"must be off, or the id of an earlier model such as {cls.MODEL_TYPE}-0123456789ab"
            )
        return value


@dataclass(frozen=True)
class Model:
    """What a training stage writes."""

    factors: Factors
    curve: list[dict[str, float]]
    notes: dict[str, Any]  # for the manifest


@dataclass(frozen=True)
class Trained:
    """Factors by row index, and what the fit reported after each iteration or epoch.

    A score is the product of a user's and an item's row.
    """

    user_factors: np.ndarray  # (users, f) float32
    item_factors: np.ndarray  # (items, f) float32
    curve: list[dict[str, float]]


def require_finite(*matrices: np.ndarray) -> None:
    """FloatingPointError if a number in them is infinite or none: the fit has run away."""
    if not all(np.isfinite(one).all() for one in matrices):
        raise FloatingPointError
