"""Rules for new users as JSON and back; what is none is refused."""

import pytest

from recsys.models.blended import Blended, Part
from recsys.models.cosine_fold import Cosines
from recsys.models.fold_in import CountedLeastSquares, LeastSquares
from recsys.models.pairwise_fold import Pairwise
from recsys.models.rules import rule_from, rule_of

COSINES = {"rule": "cosines", "temperature": 0.2, "weight": 1.0}
PART = {"rule": COSINES, "width": 3, "weight": 1.0, "scale": 2.0}


@pytest.mark.parametrize(
    "rule",
    [
        None,
        LeastSquares(14.4, 113.0, 0.0, 0.1),
        CountedLeastSquares(14.4, 45.0, 0.1),
        Pairwise(0.1, 0.01, 50),
        Cosines(0.2, 1.0),
        Blended(
            (
                Part(LeastSquares(14.4, 113.0, 0.0, 0.1), 128, 0.75, 0.5),
                Part(Pairwise(0.1, 0.01, 50), 129, 0.25, 4.0),
            )
        ),
    ],
)
def test_back_and_forth(rule):
    assert rule_from(rule_of(rule)) == rule


@pytest.mark.parametrize(
    "wrong",
    [
        {"rule": "os.system"},
        {"rule": "cosines"},
        {"rule": "cosines", "temperature": "0.2", "weight": 1.0},
        {"rule": "cosines", "temperature": -0.2, "weight": 1.0},
        {"rule": "cosines", "temperature": float("nan"), "weight": 1.0},
        {"rule": "cosines", "temperature": 0.2, "weight": 1.0, "more": 1},
        {"temperature": 0.2},
        {"rule": "blended"},
        {"rule": "blended", "parts": []},
        {"rule": "blended", "parts": [{**PART, "width": 0}]},
        {"rule": "blended", "parts": [{**PART, "width": 3.0}]},
        {"rule": "blended", "parts": [{**PART, "weight": "1"}]},
        {"rule": "blended", "parts": [{**PART, "scale": float("inf")}]},
        {"rule": "blended", "parts": [{**PART, "rule": {}}]},
        {"rule": "blended", "parts": [{**PART, "rule": {"rule": "blended"}}]},
    ],
)
def test_what_is_no_rule(wrong):
    with pytest.raises((ValueError, TypeError, KeyError)):
        rule_from(wrong)
