"""Settings of ALS that do not go together are refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from tests.recsys.als.worlds import params


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"solver": "implicit", "frequency_scaling": 0.5},
            r"solver implicit knows only 0 \(take solver: native\)",
        ),
        (
            {"solver": "implicit", "feature_prior": True},
            "solver implicit knows no feature_prior",
        ),
        ({"cold_start": "features"}, "set feature_prior to true"),
        ({"dislikes": "positive"}, "'negative' or 'drop'"),
        ({"iterations": 0}, "greater than or equal to 1"),
        ({"warm_iterations": 0}, "greater than or equal to 1"),
    ],
)
def test_wrong_params_are_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        params(**changes)


def test_the_prior_may_give_the_rows_of_cold_items() -> None:
    assert params(cold_start="features", feature_prior=True).cold_start == "features"


OF_SPARK = {
    "factors": 4,
    "regularization": 2.0,
    "alpha": 3.0,
    "dislike_weight": 0.5,
    "iterations": 5,
    "texts": 0.0,
    "texts_floor": 0.5,
}


def test_what_only_spark_looks_at_is_not_written_where_it_does_not_fit() -> None:
    section = params(spark=OF_SPARK)
    assert section.model_dump()["spark"] == OF_SPARK
    assert section.of_one_machine().model_dump() == params().model_dump()
    assert "spark" not in params().model_dump()
    assert params(**section.model_dump()) == section
    of_before = {key: OF_SPARK[key] for key in OF_SPARK if key != "texts_floor"}
    assert params(spark=of_before).spark.texts_floor == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"regularization": 0.0},
        {"factors": 0},
        {"texts": -1.0},
        {"frequency_scaling": 0.0},
    ],
)
def test_wrong_settings_of_spark_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="spark"):
        params(spark=OF_SPARK | wrong)
