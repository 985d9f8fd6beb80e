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
