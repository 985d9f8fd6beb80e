"""The section train_bpr.softmax."""

from typing import Any

import pytest
from pydantic import ValidationError

from recsys.softmax.params import Params
from tests.recsys.softmax.worlds import SETTINGS


@pytest.mark.parametrize("temperature", ["auto", 0.15, 1])
def test_a_temperature_is_a_number_or_auto(temperature: object) -> None:
    assert Params.model_validate({**SETTINGS, "temperature": temperature})


@pytest.mark.parametrize(
    "changes",
    [
        {"temperature": "off"},
        {"temperature": 0.0},
        {"temperature": True},
        {"factors": 1},
        {"step": 0.0},
        {"epochs": 0},
        {"negatives": 10},
    ],
)
def test_wrong_params_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(changes))):
        Params.model_validate({**SETTINGS, **changes})
