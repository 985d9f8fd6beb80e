"""BPR learns who likes what, on one thread and therefore the same bytes every time."""

import numpy as np
from scipy.sparse import csr_matrix

from recsys import bpr
from tests.worlds import even_odd


def fit(user_items: csr_matrix, **changes: float) -> tuple[np.ndarray, np.ndarray, list[dict[str, float]]]:
    settings = {"factors": 4, "learning_rate": 0.1, "regularization": 0.001, "epochs": 200, "seed": 1, **changes}
    return bpr.fit(user_items, **settings)  # type: ignore[arg-type]


def test_even_users_like_even_items() -> None:
    users, items, curve = fit(even_odd())
    scores = users @ items.T
    likes = np.add.outer(np.arange(12), np.arange(10)) % 2 == 0
    for user in range(12):
        assert scores[user][likes[user]].min() > scores[user][~likes[user]].max()
    assert curve[-1]["train_auc"] > 0.95


def test_shapes_the_bias_is_the_last_column_and_the_same_bytes_for_the_same_seed() -> None:
    first, second, other = fit(even_odd(), epochs=5), fit(even_odd(), epochs=5), fit(even_odd(), epochs=5, seed=2)
    assert (first[0].shape, first[1].shape) == ((12, 5), (10, 5))
    assert first[0][:, -1].tolist() == [1] * 12
    assert {part.dtype for part in first[:2]} == {np.dtype(np.float32)}
    assert [part.tobytes() for part in first[:2]] == [part.tobytes() for part in second[:2]]
    assert first[0].tobytes() != other[0].tobytes()
    assert first[2] == second[2]


def test_many_interactions_are_the_same_bytes_every_time() -> None:
    """Enough of them for two threads to meet."""
    user_items = csr_matrix((np.random.default_rng(0).random((400, 60)) < 0.3).astype(np.float32))
    assert len({fit(user_items, epochs=3)[1].tobytes() for _ in range(4)}) == 1


def test_the_curve_has_a_point_for_each_epoch_and_rises() -> None:
    _, _, curve = fit(even_odd(), epochs=100)
    assert [point["epoch"] for point in curve] == list(range(1, 101))
    auc = [point["train_auc"] for point in curve]
    assert all(0 <= value <= 1 for value in auc)
    assert np.mean(auc[-10:]) > np.mean(auc[:10])
