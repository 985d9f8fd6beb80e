"""What a liked item counts by its age."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.ranking import hybrid
from recsys.ranking.memory import OLDEST, by_age, counts_of
from recsys.ranking.weights import Weights


def test_it_counts_half_after_so_many_later_ones() -> None:
    assert counts_of(np.array([1, 3, 5]), 2.0).tolist() == [1, 0.5, 0.25]
    assert counts_of(np.array([1, 3, 5]), 0.0).tolist() == [1, 1, 1]
    assert counts_of(np.array([OLDEST + 7]), 900.0) == by_age(900.0)[-1]
    with pytest.raises(ValueError, match="read-only"):
        by_age(2.0)[0] = 3


def test_with_a_short_memory_what_goes_with_the_latest_comes_first() -> None:
    # everybody who has 0 has 2, everybody who has 1 has 3
    shop = csr_matrix(np.tile([[1, 0, 1, 0], [0, 1, 0, 1]], (5, 1)).astype(np.float32))
    ages = csr_matrix(np.array([[1, 4, 0, 0]], np.float32))
    nothing = np.zeros((4, 2), np.float32)
    found = {}
    for memory in (0.0, 1.0):
        weights = Weights(content=0, popularity=0, neighbours=1, memory=memory)
        beside = hybrid.beside(shop, nothing, weights)
        flat = np.zeros((1, 4), np.float32)
        found[memory] = hybrid.blended(flat, ages, beside, weights)[0]
    assert found[0.0][2] == found[0.0][3]
    assert found[1.0][2] > found[1.0][3]
