"""The section blend."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from bench.house.imports import ROOT
from recsys.blend.params import Params
from recsys.program.params import load


def test_the_shipped_section_is_valid() -> None:
    assert load(Params, "blend", Path(ROOT / "params.yaml")).mode == "auto"


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": "on"},
        {"shares": []},
        {"shares": [1.0]},
        {"shares": [0.0]},
        {"least_lead": -0.1},
    ],
)
def test_what_is_no_section(wrong: dict[str, object]) -> None:
    right = {"mode": "auto", "shares": [0.5], "least_lead": 0.1, "refit_positives": 9}
    Params.model_validate(right)
    with pytest.raises(ValidationError):
        Params.model_validate(right | wrong)
