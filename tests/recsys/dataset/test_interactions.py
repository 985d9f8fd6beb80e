"""The validation fold: what is held out is not learned from, and nothing else goes with it."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.dataset import interactions
from recsys.dataset.interactions import Interactions, some_users
from tests.recsys.dataset.worlds import csr


def test_the_fold_is_without_the_held_out_positives_and_with_all_dislikes() -> None:
    known = Interactions(csr([[5, 4, 0]]), csr([[1, 1, 0]]), csr([[0, 0, 1]]))
    fold = known.without(csr([[0, 1, 1]]))
    assert fold.confidence.toarray().tolist() == [[5, 0, 0]]
    assert fold.binary.toarray().tolist() == [[1, 0, 0]]
    assert fold.dislikes.toarray().tolist() == [[0, 0, 1]]
    assert known.binary.toarray().tolist() == [[1, 1, 0]]


def test_seen_is_what_was_liked_or_disliked_and_not_what_was_held_out() -> None:
    known = Interactions(csr([[5, 4, 0, 0]]), csr([[1, 1, 0, 0]]), csr([[0, 0, 1, 0]]))
    assert (known.seen.toarray() != 0).tolist() == [[True, True, True, False]]
    assert (known.without(csr([[0, 1, 0, 0]])).seen.toarray() != 0).tolist() == [
        [True, False, True, False]
    ]


def test_at_most_so_many_users_are_looked_at() -> None:
    held_out = csr_matrix(np.eye(9, 5, dtype=np.float32))
    assert some_users(held_out, 5) is held_out
    assert some_users(held_out, 2).toarray().sum(axis=1).tolist() == [
        1,
        0,
        1,
        0,
        0,
        0,
        0,
        0,
        0,
    ]


def test_items_that_are_gone_are_in_none_of_the_matrices() -> None:
    known = Interactions(csr([[5, 4, 0]]), csr([[1, 1, 0]]), csr([[0, 0, 1]]))
    left = known.without_items(np.array([False, True, True]))
    assert left.confidence.toarray().tolist() == [[5, 0, 0]]
    assert left.binary.toarray().tolist() == [[1, 0, 0]]
    assert left.dislikes.toarray().tolist() == [[0, 0, 0]]
    assert left.dislikes.nnz == 0


@pytest.mark.parametrize(("cells", "left"), [(1000, 7), (60, 6), (35, 3), (5, 1)])
def test_with_many_items_fewer_users_judge(
    monkeypatch: pytest.MonkeyPatch, cells: int, left: int
) -> None:
    monkeypatch.setattr(interactions, "JUDGED_CELLS", cells)
    held_out = csr_matrix(np.eye(10, dtype=np.float32))
    found = interactions.judges(held_out, 7)
    assert found.nnz == left
    assert (found != interactions.some_users(held_out, left)).nnz == 0
