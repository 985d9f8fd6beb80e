"""What lists have of cold items, by hand."""

import numpy as np
from scipy.sparse import csr_matrix

from recsys.ranking.cold_items import cold_item_metrics

SEEN = csr_matrix(
    np.array([[1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [0, 1, 0, 0, 0]], dtype=np.float32)
)
TEST = csr_matrix((np.ones(3, np.float32), ([0, 1, 2], [2, 4, 0])), shape=(3, 5))


def p2_first(users: np.ndarray) -> np.ndarray:
    return np.tile(np.array([0, 0, 9, 0, 0], dtype=np.float32), (len(users), 1))


def test_recall_users_and_share_of_cold_items() -> None:
    """Two users take a cold item next, p2 and p4; a place that nobody has is no place."""
    is_cold = np.array([False, False, True, True, True])
    lists = np.array([[2], [2], [0], [-1]])
    assert cold_item_metrics(p2_first, lists, is_cold, SEEN, TEST) == {
        "cold_item_recall_at_1": 0.5,
        "cold_item_users": 2,
        "cold_item_share_at_1": round(2 / 3, 6),
    }


def test_nobody_takes_a_cold_item_next() -> None:
    is_cold = np.array([False, False, False, True, False])
    found = cold_item_metrics(p2_first, np.array([[2], [3]]), is_cold, SEEN, TEST)
    assert found == {
        "cold_item_recall_at_1": 0.0,
        "cold_item_users": 0,
        "cold_item_share_at_1": 0.5,
    }
