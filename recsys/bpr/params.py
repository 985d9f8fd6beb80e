"""The section train_bpr of params.yaml."""

from typing import Literal

from pydantic import Field, model_validator

from recsys.models.params import TrainParams
from recsys.models.visits import affordable
from recsys.program.params import Section
from recsys.softmax import params as softmax


class HardNegativeShare(Section):
    """Shares of the negatives; the rest are any items that the user has no positive of."""

    dislikes: float = Field(ge=0, le=1)
    popular: float = Field(ge=0, le=1)

    @model_validator(mode="after")
    def _check_the_sum(self) -> "HardNegativeShare":
        if self.dislikes + self.popular > 1:
            raise ValueError(
                "dislikes and popular are shares of the same negatives: together at most 1"
            )
        return self


class EarlyStopping(Section):
    """When a fit ends (recsys/bpr/early_stopping.py)."""

    check_every: int = Field(ge=1)  # epochs between two looks at the validation fold
    patience: int = Field(ge=1)  # looks without a gain before the fit ends
    min_delta: float = Field(ge=0, lt=1)  # a gain is more than this


class Params(TrainParams):
    """Section `train_bpr`: these keys, and those of recsys/models/params.py."""

    MODEL_TYPE = "bpr"

    loss: Literal["bpr", "softmax", "auto"]
    solver: Literal["native", "implicit"]  # of loss bpr
    factors: int = Field(ge=1, le=1024)
    learning_rate: float = Field(gt=0, le=100)
    regularization: float = Field(ge=0, le=100)
    epochs: int = Field(ge=1)  # at most
    decay_share: float = Field(ge=0, le=1)  # of the epochs, with a falling rate
    hard_negative_share: HardNegativeShare
    early_stopping: EarlyStopping
    softmax: softmax.Params  # of loss softmax
    warm_epochs: int = Field(ge=1)
    max_visits: int = Field(ge=1)  # of positives by a fit, over all epochs

    def affordable(self, epochs: int, positives: int) -> int:
        """As many of the epochs as `max_visits` allows (recsys/models/visits.py)."""
        return affordable(epochs, positives, self.max_visits, "train_bpr.max_visits")

    @model_validator(mode="after")
    def _check_that_the_solver_has_hard_negatives(self) -> "Params":
        share = self.hard_negative_share
        if self.solver == "implicit" and (share.dislikes or share.popular):
            raise ValueError(
                "solver implicit has no hard negatives: set both shares to 0, or solver to native"
            )
        return self

    @model_validator(mode="after")
    def _check_that_the_solver_has_the_loss(self) -> "Params":
        if self.solver == "implicit" and self.loss != "bpr":
            raise ValueError(
                "solver implicit has no other loss: set loss to bpr, or solver to native"
            )
        return self

    @model_validator(mode="after")
    def _check_that_there_is_no_feature_prior(self) -> "Params":
        if self.cold_start == "features":
            raise ValueError(
                "cold_start: features is the prior of train_als; take ridge or off"
            )
        return self
