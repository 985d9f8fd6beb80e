"""The section train_als of params.yaml."""

from typing import Any, Literal

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    field_validator,
    model_serializer,
    model_validator,
)

from recsys.models.params import OFF, WEIGHTS, TrainParams
from recsys.program.params import Section


class SparkSettings(Section):
    """What Spark's ALS is fitted with (recsys/spark/als.py), in place of the keys of these names
    beside it: its penalty is another one.
    """

    factors: int = Field(ge=1, le=1024)
    regularization: float = Field(ge=1e-6, le=1e9)  # times the positives of a row
    alpha: float = Field(ge=1e-6, le=1e6)
    dislike_weight: float = Field(ge=1e-6, le=1e6)
    iterations: int = Field(ge=1)
    # of an item that leaves the map of its text, times its positives (recsys/spark/als_texts.py);
    # 0: texts have no part in the fit
    texts: float = Field(ge=0, le=1e9)
    # what an item pays besides, whatever its positives: this times the number of users
    texts_floor: float = Field(default=0.0, ge=0, le=1e6)


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
    # of engine.name: spark; none where another engine fits, and in models of before there was it
    spark: SparkSettings | None = None

    @model_serializer(mode="wrap")
    def _without_what_is_not_there(
        self, write: SerializerFunctionWrapHandler
    ) -> dict[str, Any]:
        written: dict[str, Any] = write(self)
        if self.spark is None:
            written.pop("spark", None)
        return written

    def of_one_machine(self) -> "Params":
        """The same without what only Spark looks at, so that it is not in the model's id."""
        return self.model_copy(update={"spark": None})

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
