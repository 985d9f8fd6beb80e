"""What params.yaml may say of the gate."""

from typing import Any

import pytest
from pydantic import ValidationError

from recsys.program.params import load
from recsys.statistics.gate_params import Params
from tests.worlds import ROOT

PARAMS = load(Params, "gate", ROOT / "params.yaml")


@pytest.mark.parametrize(
    ("key", "value"),
    [("metric", "ndcg@10"), ("alpha_a_year", 0.5), ("min_users", 1), ("level", 0.0)],
)
def test_what_makes_no_sense_is_refused_by_its_name(key: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=key):
        Params.model_validate({**PARAMS.model_dump(), key: value})
