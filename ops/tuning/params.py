"""The section tune of params.yaml: how long to search, by what, and in which space.

Light: ops/pipeline/check.py loads it.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from recsys.program.params import Section


def _check_that_it_rises(values: list[float]) -> list[float]:
    if not 0 < values[0] < values[1]:
        raise ValueError("a range is [low, high] with 0 < low < high")
    return values


def _check_that_none_is_twice(values: list[Any]) -> list[Any]:
    if len(set(values)) < len(values):
        raise ValueError("one value stands there twice")
    return values


Range = Annotated[  # log-uniform
    list[float], Field(min_length=2, max_length=2), AfterValidator(_check_that_it_rises)
]
Sizes = Annotated[
    list[Annotated[int, Field(ge=1, le=1024)]],
    Field(min_length=1),
    AfterValidator(_check_that_none_is_twice),
]
Shares = Annotated[
    list[Annotated[float, Field(ge=0, le=1)]],
    Field(min_length=1),
    AfterValidator(_check_that_none_is_twice),
]
Grid = Annotated[
    list[Annotated[float, Field(ge=0)]],
    Field(min_length=1),
    AfterValidator(_check_that_none_is_twice),
]


class AlsSpace(Section):
    """What is tried for als."""

    factors: Sizes
    penalty: Range  # of a typical row; `regularization` follows from it
    frequency_scaling: Shares
    alpha: Range
    dislike_weight: Range
    feature_regularization: Range


class HardNegatives(Section):
    """What is tried for the two kinds of hard negatives: a share of each."""

    dislikes: Shares
    popular: Shares

    @model_validator(mode="after")
    def _check_the_sum(self) -> "HardNegatives":
        if max(self.dislikes) + max(self.popular) > 1:
            raise ValueError(
                "the largest shares of dislikes and popular are together above 1"
            )
        return self


class BprSpace(Section):
    """What is tried for bpr."""

    factors: Sizes
    learning_rate: Range
    regularization: Range
    hard_negative_share: HardNegatives


class HybridGrid(Section):
    """Weights of the hybrid score; every triple of them is looked at in each trial."""

    content: Grid
    popularity: Grid
    neighbours: Grid


class Params(Section):
    """Section `tune` of params.yaml."""

    trials: int = Field(ge=1)  # of each model, present params and presets among them
    timeout_s: float = Field(gt=0)  # for each model; a trial that has begun is finished
    seed: int = Field(ge=0)
    objective: Literal["ndcg_at_10", "recall_at_10"]
    users: int = Field(ge=1)  # at most so many of the validation fold judge a trial
    als: AlsSpace
    bpr: BprSpace
    hybrid: HybridGrid
