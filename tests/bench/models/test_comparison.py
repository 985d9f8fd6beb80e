"""Paired differences and metrics of each user."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bench.models.comparison import difference, differences, per_user, product
from recsys.ranking.metrics import METRICS
from tests.worlds import even_odd


def test_scores_are_products_of_rows() -> None:
    users, items = np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([[3.0, 4.0]])
    assert product(users, items)(np.array([1, 0])).tolist() == [[8.0], [3.0]]


def test_per_user_has_a_column_a_metric() -> None:
    test = even_odd()
    nothing = csr_matrix(test.shape, dtype=np.float32)
    perfect = per_user(lambda users: test[users].toarray(), nothing, test)
    assert perfect.shape == (12, len(METRICS))
    assert perfect == pytest.approx(np.ones((12, 2)))


def test_a_constant_difference_has_no_width() -> None:
    theirs = np.array([0.0, 0.5, 1.0])
    assert difference(theirs + 0.25, theirs) == "+0.2500 [+0.2500, +0.2500]"
    assert difference(theirs, theirs) == "+0.0000 [+0.0000, +0.0000]"


def test_differences_are_paired_by_metric() -> None:
    theirs = np.zeros((3, 2))
    ours = theirs + np.array([0.1, -0.2])
    assert differences(ours, theirs) == [
        "+0.1000 [+0.1000, +0.1000]",
        "-0.2000 [-0.2000, -0.2000]",
    ]
