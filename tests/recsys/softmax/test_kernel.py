"""What is compiled does what numpy does row by row."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.softmax import kernel

HISTORIES = csr_matrix(np.tri(6, 40, 30, dtype=np.float32))  # 31 to 36 items each


def shuffled(seed: int) -> np.ndarray:
    draws = np.random.default_rng(seed).random(HISTORIES.nnz, dtype=np.float32)
    found: np.ndarray = kernel.shuffled(HISTORIES.indptr, HISTORIES.indices, draws)
    return found


def test_each_row_keeps_its_items_in_another_order() -> None:
    found = shuffled(0)
    for begin, end in zip(HISTORIES.indptr[:-1], HISTORIES.indptr[1:], strict=True):
        own = found[begin:end].tolist()
        assert own != sorted(own)
        assert sorted(own) == HISTORIES.indices[begin:end].tolist()
    assert HISTORIES.has_sorted_indices  # what was given is as it was


def test_every_item_is_as_likely_at_every_place() -> None:
    first = [shuffled(seed)[0] for seed in range(1550)]
    last = [shuffled(seed)[HISTORIES.indptr[1] - 1] for seed in range(1550)]
    for found in (first, last):
        counts = np.bincount(found, minlength=31)  # 50 each, give or take 7
        assert counts.min() > 22 and counts.max() < 85


def test_the_largest_draw_is_within_the_row() -> None:
    most = np.full(HISTORIES.nnz, np.nextafter(np.float32(1), np.float32(0)))
    found = kernel.shuffled(HISTORIES.indptr, HISTORIES.indices, most)
    assert found.tolist() == HISTORIES.indices.tolist()


def test_positives_are_taken_off_their_visit() -> None:
    Y = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    of_visits = np.ones((2, 3), dtype=np.float32)
    begin, positives = np.array([0, 2, 3]), np.array([4, 0, 4], dtype=np.int32)
    kernel.take_positives(begin, positives, Y, of_visits)
    assert of_visits[0] == pytest.approx(1 - Y[4] - Y[0])
    assert of_visits[1] == pytest.approx(1 - Y[4])


def test_rows_of_a_key_are_added_up_wherever_they_stand() -> None:
    rng = np.random.default_rng(0)
    keys = np.array([7, 3, 9, 3, 7, 3])
    plus, minus = (rng.normal(size=(n, 3)).astype(np.float32) for n in (3, 2))
    at = np.array([1, 0, 1])
    order = np.argsort(keys, kind="stable")
    which, found = kernel.sums(keys, order, plus, minus, at, np.float32(0.5))
    assert which.tolist() == [3, 7, 9]
    rows = np.concatenate([plus, -minus[at]])
    for key, own in zip(which, found, strict=True):
        assert own == pytest.approx(rows[keys == key].sum(axis=0) / 2)
