"""The section train_als of params.yaml."""

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from recsys.models.params import OFF, WEIGHTS, TrainParams


class Params(TrainParams):
    """Section `train_als`: these keys, and those of recsys/models/params.py."""

    MODEL_TYPE = "als"
    SEARCHES = (OFF, WEIGHTS, "presets", "quick")

    solver: Literal["native", "implicit"]
    factors: int = Field(ge=1, le=1024)
    regularization: float = Field(ge=0, le=1e9)
    frequency_scaling: float = Field(ge=0, le=1)
    iterations: int = Field(ge=1)
    alpha: float = Field(ge=1e-6, le=1e6)
    dislikes: Literal["negative", "drop"]
    dislike_weight: float = Field(ge=1e-6, le=1e6)
    feature_regularization: float = Field(ge=1e-6, le=1e9)
    feature_prior: bool  # draw item factors to a map of the embeddings
    warm_iterations: int = Field(ge=1)

    @field_validator("frequency_scaling")
    @classmethod
    def _check_that_the_solver_scales(cls, value: float, info: ValidationInfo) -> float:
        if value and info.data.get("solver") == "implicit":
            raise ValueError("solver implicit knows only 0 (take solver: native)")
        return value

    @model_validator(mode="after")
    def _check_that_there_is_a_feature_prior(self) -> "Params":
        if self.feature_prior and self.solver == "implicit":
            raise ValueError(
                "solver implicit knows no feature_prior; set it to false, or take solver: native"
            )
        if self.solver == "implicit" and self.search not in (OFF, WEIGHTS):
            raise ValueError(
                f"solver implicit knows no search: {self.search}; "
                f"set it to {WEIGHTS}, or take solver: native"
            )
        if self.cold_start == "features" and not self.feature_prior:
            raise ValueError(
                "cold_start: features takes the rows of the feature prior; "
                "set feature_prior to true"
            )
        return self
