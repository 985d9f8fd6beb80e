"""Section `drift` of params.yaml: how windows are cut, and from what on a measure has moved."""

from typing import Annotated

from pydantic import Field, PositiveInt, model_validator

from recsys.program.params import Section

MEASURES = (
    "rating",
    "top_items",
    "quality",
    "bought",
    "rate",
    "new_users",
    "new_items",
    "unknown_products",
)
WEEKLY = MEASURES[4:]  # of weekly totals or shares: their windows last some weeks
Share = Annotated[float, Field(ge=0, le=1)]


class Floors(Section):
    """What a measure must have moved by at least; smaller effects are no drift, however sure."""

    rating: Share
    top_items: Share
    quality: Share
    bought: Annotated[float, Field(ge=0, le=2)]
    rate: Annotated[float, Field(ge=0)]
    new_users: Share
    new_items: Share
    unknown_products: Share


class Params(Section):
    """Section `drift` of params.yaml."""

    level: Annotated[float, Field(gt=0, lt=0.5)]
    window_days: Annotated[int, Field(ge=7, multiple_of=7)]
    reference_weeks: PositiveInt
    fewest_weeks: Annotated[int, Field(ge=3)]
    new_after_weeks: PositiveInt
    fewest_users: Annotated[int, Field(ge=2)]
    exact_below: PositiveInt
    resamples: Annotated[int, Field(ge=99)]
    top_items: PositiveInt
    alarm_windows: PositiveInt
    alarm_after: PositiveInt
    shown_windows: PositiveInt
    floors: Floors
    seed: int

    @model_validator(mode="after")
    def _check_the_windows(self) -> "Params":
        if not self.alarm_after <= self.alarm_windows <= self.shown_windows:
            raise ValueError(
                "alarm_after may not be above alarm_windows, nor that above shown_windows"
            )
        if self.reference_weeks < max(self.fewest_weeks, self.window_days // 7):
            raise ValueError(
                "reference_weeks may not be below fewest_weeks or one window"
            )
        return self

    @property
    def windows_a_weekly_one(self) -> int:
        """How many windows one of the weekly measures lasts."""
        return -(-7 * self.fewest_weeks // self.window_days)

    @property
    def reference_windows(self) -> int:
        """How many windows of the reference are compared with."""
        return 7 * self.reference_weeks // self.window_days
