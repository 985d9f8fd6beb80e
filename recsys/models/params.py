"""The keys of params.yaml that train_als and train_bpr share.

The others stand in recsys/als/params.py and recsys/bpr/params.py, whose classes are the sections.
"""

import re
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field, field_validator

from recsys.program.params import Section
from recsys.ranking.weights import MOST_NEW_PLACES, Weights

OFF = "off"
AUTO: Final = "auto"
WEIGHTS = "weights"


class TrainParams(Section):
    """What both models have in their section besides the settings of their solver."""

    MODEL_TYPE: ClassVar[str]
    SEARCHES: ClassVar[tuple[str, ...]] = (OFF, WEIGHTS)

    search: (
        str  # what is chosen on the shop's validation fold (recsys/models/choice.py)
    )

    cold_start: Literal["ridge", "features", "off"]
    cold_threshold: int = Field(ge=1)  # an item with fewer training positives is cold
    hybrid: Weights
    # of every ten places of a list (recsys/models/new_items.py)
    new_item_places: Literal["auto"] | Annotated[int, Field(ge=0, le=MOST_NEW_PLACES)]
    warm_start: str
    checkpoint_every: int = Field(ge=1)  # steps
    checkpoint_seconds: float = Field(ge=0)  # at least so long from one to the next
    seed: int = Field(ge=0)

    @field_validator("search")
    @classmethod
    def _check_that_it_can_be_searched(cls, value: str) -> str:
        if value not in cls.SEARCHES:
            raise ValueError(f"must be one of {', '.join(cls.SEARCHES)}")
        return value

    @field_validator("warm_start")
    @classmethod
    def _check_that_the_id_is_of_this_type(cls, value: str) -> str:
        if value != OFF and not re.fullmatch(
            rf"{cls.MODEL_TYPE}-[0-9a-f]{{12}}", value
        ):
            raise ValueError(
                f"must be off, or the id of an earlier model such as {cls.MODEL_TYPE}-0123456789ab"
            )
        return value
