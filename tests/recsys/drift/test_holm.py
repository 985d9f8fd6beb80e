import numpy as np
import pytest

from recsys.drift import holm


def test_p_is_never_zero() -> None:
    assert holm.p_of(0, 999) == 0.001
    assert holm.p_of(999, 999) == 1.0


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        ({"a": 0.01, "b": 0.02, "c": 0.6}, {"a", "b"}),  # .05 / 3, then .05 / 2
        ({"a": 0.02, "b": 0.02, "c": 0.02}, set()),  # the first is above .05 / 3
        ({"a": 0.01, "b": 0.03, "c": 0.04}, {"a"}),  # the second is above .05 / 2
        ({"a": 0.05}, {"a"}),
        ({}, set()),
    ],
)
def test_holm_by_hand(p: dict[str, float], expected: set[str]) -> None:
    assert holm.rejected(p, 0.05) == expected


def test_what_differs_by_a_rounding_error_is_as_extreme() -> None:
    drawn = np.array([0.3, 0.1 + 0.2, 0.29])
    assert holm.as_extreme(drawn, 0.1 + 0.2).tolist() == [True, True, False]
