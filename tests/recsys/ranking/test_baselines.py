"""What the baselines score, by hand."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.ranking import baselines, top_k

USER_ITEMS = csr_matrix(np.array([[5, 1, 0], [2, 0, 0], [0, 0, 0]], np.float32))
EVERYBODY = np.arange(3)


def test_popularity_counts_users_not_weights() -> None:
    scores = baselines.popularity(USER_ITEMS)(np.array([2, 0]))
    assert scores.tolist() == [[2, 1, 0], [2, 1, 0]]


def test_popularity_is_not_shown_to_those_who_know_it() -> None:
    (batch,) = top_k.rank(baselines.popularity(USER_ITEMS), EVERYBODY, USER_ITEMS, 2)
    assert batch[1].tolist() == [[2, -1], [1, 2], [0, 1]]


def test_nobody_likes_anything() -> None:
    assert baselines.popularity(csr_matrix((1, 2)))(np.array([0])).tolist() == [[0, 0]]


def test_chance_is_a_function_of_seed_and_user_only() -> None:
    together = baselines.chance(50, 7)(np.arange(20))
    for some in ([3, 11], [11, 3], [5]):
        alone = baselines.chance(50, 7)(np.array(some))
        assert np.array_equal(together[some], alone)
    assert len({row.tobytes() for row in together}) == 20
    assert not np.array_equal(together, baselines.chance(50, 8)(np.arange(20)))


def test_chance_puts_every_item_on_every_place_alike() -> None:
    """Of 20,000 users and 8 items: within five standard errors; no two numbers in a row agree more
    than chance has it.
    """
    drawn = baselines.chance(8, 42)(np.arange(20_000))
    assert drawn.dtype == np.float32 and drawn.min() >= 0 and drawn.max() < 1
    place = np.argsort(np.argsort(-drawn, axis=1), axis=1)
    for at in range(8):
        shares = (place == at).mean(axis=0)
        assert shares == pytest.approx(np.full(8, 1 / 8), abs=5 * 0.0024)
    assert abs(drawn.mean() - 0.5) < 5 * 0.29 / 400
    assert len(np.unique(drawn)) > 0.98 * drawn.size  # no stretch is drawn twice
    between = np.corrcoef(drawn, rowvar=False) - np.eye(8)
    assert np.abs(between).max() < 5 / np.sqrt(20_000)


def test_content_is_the_cosine_with_the_mean_of_the_liked_vectors() -> None:
    vectors = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32)
    scores = baselines.content(USER_ITEMS, vectors)(EVERYBODY)
    half = 1 / np.sqrt(2)
    assert scores == pytest.approx(
        np.array([[half, half, 1.4 * half], [1, 0, 0.6], [0, 0, 0]]), abs=1e-6
    )


def test_content_without_any_text_scores_0() -> None:
    assert (
        baselines.content(USER_ITEMS, np.zeros((3, 2), np.float32))(EVERYBODY).tolist()
        == [[0, 0, 0]] * 3
    )
