"""The section train_bpr.softmax of params.yaml."""

from typing import Annotated, Final, Literal

from pydantic import Field

from recsys.models.visits import affordable
from recsys.program.params import Section

AUTO: Final = "auto"


class Params(Section):
    """Settings of a fit by sampled softmax (recsys/softmax/fit.py)."""

    factors: int = Field(ge=2, le=1024)
    # the share of a row's length that it goes in the first steps; it falls to 0
    step: float = Field(gt=0, le=10)
    epochs: int = Field(ge=1)
    # of scores between -1 and 1: a low one is about the hardest negatives only
    temperature: Literal["auto"] | Annotated[float, Field(ge=0.03, le=100)]
    # loss auto: tried where users have so many positives, in the mean of those who have any
    min_positives: float = Field(ge=0)
    max_visits: int = Field(ge=1)  # of positives by a fit, over all epochs

    def affordable(self, epochs: int, positives: int) -> int:
        """As many of the epochs as `max_visits` allows (recsys/models/visits.py)."""
        key = "train_bpr.softmax.max_visits"
        return affordable(epochs, positives, self.max_visits, key)
