"""Profiles at length 1."""

import numpy as np
import pytest

from recsys.ranking.directions import directions


def test_length_1_and_of_nothing_nothing():
    found = directions(np.array([[3, 4], [0, 0], [0, -2]], dtype=np.float32))
    assert found == pytest.approx(np.array([[0.6, 0.8], [0, 0], [0, -1]]))
    assert found.dtype == np.float32
