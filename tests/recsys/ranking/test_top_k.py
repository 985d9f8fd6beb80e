"""A total order of items, and unseen ones only."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn
from scipy.sparse import csr_matrix

from bench.house.imports import ROOT
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
    monkeypatch.setattr(top_k, "LEAST_ROWS", 1)
    users = np.arange(20, 27)
    found = list(top_k.batches(users, 10))
    assert [len(batch) for batch in found] == lengths
    assert np.concatenate(found).tolist() == users.tolist()
    assert list(top_k.batches(users[:0], 10)) == []


@pytest.mark.parametrize(("largest", "rows"), [(1000, 4), (30, 3), (10, 1), (9, 1)])
def test_with_very_many_items_a_few_users_are_scored_at_once_all_the_same(
    largest: int, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("BATCH_CELLS", 5),
        ("LEAST_ROWS", 4),
        ("LARGEST_CELLS", largest),
    ):
        monkeypatch.setattr(top_k, name, value)
    assert len(next(top_k.batches(np.arange(9), 10))) == rows


def test_places_are_those_of_the_list_and_what_was_seen_has_none() -> None:
    scores = np.array([[1.0, 3.0, 2.0, 3.0], [5.0, 0.0, 5.0, 5.0]], np.float32)
    seen = csr_matrix([[0, 1, 0, 0], [0, 0, 0, 0]])
    wanted = csr_matrix([[1, 1, 0, 1], [0, 0, 1, 1]])
    with top_k.only_unseen(scores, seen) as ranked:
        assert top_k.places(ranked, wanted).tolist() == [2, -1, 0, 1, 2]
    assert scores[0].tolist() == [1, 3, 2, 3]


def test_a_view_of_a_row_that_all_share_is_copied() -> None:
    row = np.arange(3, dtype=np.float32)
    shared = np.broadcast_to(row, (2, 3))
    with top_k.only_unseen(shared, csr_matrix([[1, 0, 0], [0, 0, 1]])) as ranked:
        assert ranked.tolist() == [[-INF, 1, 2], [0, 1, -INF]]
    assert row.tolist() == [0, 1, 2]


def test_blocks_come_in_order_however_many_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(top_k, "BATCH_CELLS", 20)
    monkeypatch.setattr(top_k, "LEAST_ROWS", 1)
    users = np.arange(99)
    blocks = list(top_k.in_blocks(lambda batch: batch + 100, users, 10))
    assert all((result == batch + 100).all() for batch, result in blocks)
    assert np.concatenate([batch for batch, _ in blocks]).tolist() == users.tolist()


def test_an_error_in_a_block_reaches_the_caller(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(top_k, "BATCH_CELLS", 20)
    monkeypatch.setattr(top_k, "LEAST_ROWS", 1)
    scores = np.zeros((50, 10), np.float32)
    scores[33, 3] = np.nan
    nothing = csr_matrix(scores.shape, dtype=np.float32)
    with pytest.raises(ValueError, match="not a number"):
        list(top_k.rank(lambda users: scores[users], np.arange(50), nothing, 2))


THREADS = """
import hashlib, bench, numpy as np
from scipy.sparse import csr_matrix
from recsys.ranking import hybrid, top_k
rng = np.random.default_rng(0)
users, items = (rng.standard_normal((n, 32), dtype=np.float32) for n in (9000, 700))
score = lambda rows: hybrid.z_scores(users[rows] @ items.T)
nothing = csr_matrix((9000, 700), dtype=np.float32)
lists = [found for _, found in top_k.rank(score, np.arange(9000), nothing, 20)]
print(hashlib.sha256(np.concatenate(lists).tobytes()).hexdigest())
"""


def test_one_and_two_threads_give_the_same_lists() -> None:
    def printed(threads: int) -> str:
        done = subprocess.run(
            [sys.executable, "-c", THREADS],
            cwd=ROOT,
            env=os.environ | {"NUMBA_NUM_THREADS": str(threads)},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    assert printed(1) == printed(2)


def test_a_list_without_places_is_refused() -> None:
    with pytest.raises(ValueError, match="a list of 0 places"):
        top_k.top_k(np.zeros((2, 3), np.float32), 0)
