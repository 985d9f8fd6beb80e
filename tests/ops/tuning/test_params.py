"""The section tune of params.yaml: what is no search is refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from ops.tuning import params as tune_params
from ops.tuning import space as tuning
from tests.ops.tuning.worlds import TUNE


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("als.alpha", [3.0, 3.0]),
        ("als.alpha", [0.0, 3.0]),
        ("als.alpha", [1.0]),
        ("als.factors", []),
        ("als.factors", [16, 16]),
        ("als.factors", [0]),
        ("als.frequency_scaling", [1.5]),
        ("bpr.hard_negative_share", {"dislikes": [0.6], "popular": [0.0, 0.6]}),
        ("hybrid.content", [-0.1]),
        ("objective", "recall_at_20"),
        ("trials", 0),
        ("timeout_s", 0),
        ("layers", 3),
    ],
)
def test_a_wrong_section_is_refused(key: str, value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        tune_params.Params.model_validate(
            tuning.merged(TUNE.model_dump(), {key: value})
        )
    assert key.split(".")[-1] in str(caught.value) or "shares" in str(caught.value)
