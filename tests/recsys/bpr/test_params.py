"""Settings that do not go together are refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from tests.recsys.bpr.worlds import params


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"hard_negative_share": {"dislikes": 0.6, "popular": 0.5}},
            "together at most 1",
        ),
        (
            {"hard_negative_share": {"dislikes": -0.1, "popular": 0.5}},
            "greater than or equal to 0",
        ),
        ({"hard_negative_share": 0.3}, "valid dictionary"),
        (
            {
                "solver": "implicit",
                "hard_negative_share": {"dislikes": 0.1, "popular": 0.0},
            },
            "no hard negatives",
        ),
        (
            {"early_stopping": {"check_every": 0, "patience": 1, "min_delta": 0.0}},
            "greater than or equal to 1",
        ),
        ({"solver": "implicit", "loss": "auto"}, "set loss to bpr"),
        ({"loss": "hinge"}, "'bpr', 'softmax' or 'auto'"),
        (
            {
                "softmax": {
                    "factors": 8,
                    "step": 0.6,
                    "epochs": 9,
                    "temperature": 0.0,
                    "min_positives": 0.0,
                    "max_visits": 10**12,
                }
            },
            "greater than or equal to 0.03",
        ),
        ({"solver": "lightfm"}, "'native' or 'implicit'"),
        ({"epochs": 0}, "greater than or equal to 1"),
    ],
)
def test_wrong_params_are_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        params(**changes)


def test_each_loss_has_its_own_bound_of_visits(
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings = params(max_visits=1000)
    assert settings.affordable(20, 400) == 2
    assert "(train_bpr.max_visits)" in caplog.messages[0]
    softmax = settings.softmax.model_copy(update={"max_visits": 1500})
    assert softmax.affordable(20, 500) == 3
    assert "(train_bpr.softmax.max_visits)" in caplog.messages[1]
