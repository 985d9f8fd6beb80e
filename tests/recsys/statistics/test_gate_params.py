"""What params.yaml may say of the gate."""

from typing import Any

import pytest
from pydantic import ValidationError

from recsys.program.params import load
from recsys.ranking.metrics import USER_METRICS
from recsys.statistics import gate_params
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


@pytest.mark.parametrize(
    "metric",
    ["coverage_at_10", "foo_at_10", "ndcg", "ndcg_at_0", "ndcg_at_1001", "ndcg_at_x"],
)
def test_a_metric_that_no_user_has_is_refused_with_those_that_there_are(
    metric: str,
) -> None:
    with pytest.raises(ValidationError, match="must be one of recall, precision"):
        Params.model_validate({**PARAMS.model_dump(), "metric": metric})


def test_every_metric_of_a_user_may_be_gone_by() -> None:
    assert gate_params.OF_USERS == USER_METRICS
    for name in USER_METRICS:
        value = {**PARAMS.model_dump(), "metric": f"{name}_at_1000"}
        assert Params.model_validate(value).metric == f"{name}_at_1000"
