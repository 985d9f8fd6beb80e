"""The keys that both models have: what may stand there."""

from typing import Any

import pytest
from pydantic import ValidationError

from recsys.models.params import TrainParams
from tests.recsys.models.train_params import SHARED


class Params(TrainParams):
    MODEL_TYPE = "als"


def params(**changes: Any) -> Params:
    return Params.model_validate({**SHARED, "seed": 1, **changes})


@pytest.mark.parametrize("name", ["off", "als-0123456789ab"])
def test_a_warm_start_is_off_or_the_id_of_a_model_of_the_same_type(name: str) -> None:
    assert params(warm_start=name).warm_start == name


@pytest.mark.parametrize("places", ["auto", 0, 9])
def test_places_for_new_items_are_a_number_or_auto(places: str | int) -> None:
    assert params(new_item_places=places).new_item_places == places


@pytest.mark.parametrize(
    "name",
    [
        "",
        "on",
        "bpr-0123456789ab",
        "als-0123456789a",
        "als-0123456789AB",
        "als-0123456789abc",
    ],
)
def test_another_warm_start_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="such as als-0123456789ab"):
        params(warm_start=name)


@pytest.mark.parametrize(
    "changes",
    [
        {"cold_start": "on"},
        {"cold_threshold": 0},
        {"new_item_places": 10},
        {"new_item_places": -1},
        {"new_item_places": "on"},
        {"new_item_places": True},
        {"checkpoint_every": 0},
        {"checkpoint_seconds": -1.0},
        {"seed": -1},
        {"hybrid": {"content": 0.1}},
        {"search": "presets"},
        {"search": 1},
        {"more": 1},
    ],
)
def test_what_may_not_stand_there_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(changes))):
        params(**changes)
