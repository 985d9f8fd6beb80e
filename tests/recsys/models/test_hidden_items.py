"""Items that are hidden leave no trace."""

import tracemalloc

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.dataset.interactions import Interactions
from recsys.models.hidden_items import hide, without


def known_interactions() -> Interactions:
    """Users 0 to 19; the first ten of the 30 items have no positive, user 3 likes item 29 only."""
    likes = np.random.default_rng(3).random((20, 30)) < 0.3
    likes[:, :10] = False
    likes[3] = np.arange(30) == 29
    binary = csr_matrix(likes.astype(np.float32))
    dislikes = csr_matrix(
        (~likes & (np.add.outer(np.arange(20), np.arange(30)) % 5 == 0)).astype(
            np.float32
        )
    )
    return Interactions(binary * np.float32(5), binary, dislikes)


@pytest.mark.parametrize("seed", range(8))
def test_hidden_items_are_a_fifth_of_those_with_a_positive_and_leave_no_trace(
    seed: int,
) -> None:
    known = known_interactions()
    left, hidden, positives = hide(known, seed)
    assert hidden.sum() == 4 and not hidden[:10].any()
    for one, whole in zip(
        (left.confidence, left.binary, left.dislikes),
        (known.confidence, known.binary, known.dislikes),
        strict=True,
    ):
        assert not one[:, hidden].nnz
        assert np.array_equal(one[:, ~hidden].toarray(), whole[:, ~hidden].toarray())
    others = left.binary.getnnz(axis=1) > 0
    wanted = known.binary.toarray() * hidden * others[:, None]
    assert np.array_equal(positives.toarray(), wanted)
    assert positives.nnz == np.count_nonzero(wanted)
    # user 3 has one positive: if it is hidden, nothing is left of them
    assert not positives[3].nnz


def test_memory_grows_as_the_positives_do_not_as_users_times_items() -> None:
    """50,000 users x 50,000 items would be 2.5 GB as a mask; here it may be 64 MB."""
    users = items = 50_000
    rows, columns = np.arange(users), np.random.default_rng(0).integers(0, items, users)
    binary = csr_matrix((np.ones(users, np.float32), (rows, columns)), (users, items))
    known = Interactions(binary, binary, csr_matrix((users, items), dtype=np.float32))
    tracemalloc.start()
    hide(known, 42)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 64 << 20


def test_scores_without_some_items_are_a_copy() -> None:
    scores = np.ones((2, 3), np.float32)
    found = without(scores, np.array([1]))
    assert found.tolist() == [[1, -np.inf, 1]] * 2
    assert scores.all()


def test_which_items_are_hidden_is_a_function_of_the_seed() -> None:
    masks = [hide(known_interactions(), seed)[1].tobytes() for seed in (1, 1, 2)]
    assert masks[0] == masks[1] != masks[2]
