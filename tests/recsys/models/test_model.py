"""What a fit gives: scores are products of rows, and a fit that ran away is told."""

import numpy as np
import pytest

from recsys.models.model import Trained, require_finite


def test_a_score_is_the_product_of_a_users_and_an_items_row() -> None:
    users, items = (
        np.array([[1, 2], [3, 4]], np.float32),
        np.array([[1, 0], [1, 1]], np.float32),
    )
    scores = Trained(users, items, []).score(np.array([1, 0, 1]))
    assert scores.tolist() == [[3, 7], [1, 3], [3, 7]]
    assert scores.dtype == np.float32


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_a_number_that_is_none_is_an_error(value: float) -> None:
    require_finite(np.ones(3), np.zeros((2, 2)))
    with pytest.raises(FloatingPointError):
        require_finite(np.ones(3), np.array([[1.0, value]]))
