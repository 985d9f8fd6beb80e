"""A total order of items, and unseen ones only."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn
from scipy.sparse import csr_matrix

from recsys.ranking import top_k

INF = float("inf")


def test_ties_go_to_the_smaller_index_and_seen_items_are_never_shown() -> None:
    scores = np.zeros((2, 4), np.float32)
    seen = csr_matrix([[1, 0, 0, 0], [0, 0, 0, 0]])
    (batch,) = top_k.rank(lambda users: scores[users], np.array([0, 1]), seen, 3)
    assert batch[1].tolist() == [[1, 2, 3], [0, 1, 2]]


def test_the_scorers_own_array_is_not_changed() -> None:
    scores = np.ones((1, 3), np.float32)
    list(top_k.rank(lambda _: scores, np.array([0]), csr_matrix([[1, 0, 0]]), 1))
    assert scores.tolist() == [[1, 1, 1]]


def test_top_k_orders_by_score_then_index() -> None:
    scores = np.array([[1.0, 3.0, -2.0, 3.0, 0.0, -0.0, INF, -INF]], np.float32)
    assert top_k.top_k(scores, 10).tolist() == [[6, 1, 3, 0, 4, 5, 2, -1, -1, -1]]


@pytest.mark.parametrize("scores", [[[np.nan, 1.0]], [[1.0, 2.0], [1.0, np.nan]]])
def test_top_k_refuses_nan(scores: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="not a number"):
        top_k.top_k(np.array(scores, np.float32), 1)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(
    stn.arrays(
        np.float32,
        stn.array_shapes(min_dims=2, max_dims=2, max_side=9),
        elements=st.sampled_from(
            [-INF, -3e38, -1.0, -1e-45, -0.0, 0.0, 1e-45, 1.0, 1.0000001, 3e38, INF]
        ),
    ),
    st.integers(1, 12),
)
def test_top_k_is_a_stable_sort(scores: np.ndarray, k: int) -> None:
    for row, found in zip(scores, top_k.top_k(scores, k).tolist(), strict=True):
        order = [
            item
            for item in sorted(range(len(row)), key=lambda item: (-row[item], item))
            if row[item] > -INF
        ]
        assert found == (order + [-1] * k)[:k]


def test_masked_are_the_entries_of_seen_whatever_their_value() -> None:
    scores = np.ones((2, 3), np.float32)
    seen = csr_matrix(([0.0, 5.0], ([0, 1], [2, 0])), shape=(2, 3))
    top_k.mask_seen(scores, seen)
    assert scores.tolist() == [[1, 1, -INF], [-INF, 1, 1]]


@pytest.mark.parametrize(
    ("cells", "lengths"), [(100, [7]), (30, [3, 3, 1]), (10, [1] * 7), (1, [1] * 7)]
)
def test_batches_hold_all_users_in_order_and_no_more_scores_than_allowed(
    cells: int, lengths: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(top_k, "BATCH_CELLS", cells)
    users = np.arange(20, 27)
    found = list(top_k.batches(users, 10))
    assert [len(batch) for batch in found] == lengths
    assert np.concatenate(found).tolist() == users.tolist()
    assert list(top_k.batches(users[:0], 10)) == []
