"""The section blend of params.yaml."""

from typing import Annotated, Literal

from pydantic import Field

from recsys.program.params import Section

Share = Annotated[float, Field(gt=0, lt=1)]


class Params(Section):
    """Section `blend`."""

    mode: Literal["auto", "off"]
    shares: list[Share] = Field(min_length=1)  # of ALS in the sum, tried in turn
    least_lead: float = Field(ge=0, lt=1)  # of what the better model gives
    # with at most so many training positives a lead is looked at again by fits with another seed
    refit_positives: int = Field(ge=0)
