"""ALS learns who likes what, its loss is the formula of the paper, and a seed gives the same bytes."""

from collections.abc import Iterator

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys import als
from tests.worlds import even_odd, one_blas_thread


@pytest.fixture(autouse=True)
def blas() -> Iterator[None]:
    with one_blas_thread():
        yield


def fit(user_items: csr_matrix, **changes: float) -> tuple[np.ndarray, np.ndarray, list[dict[str, float]]]:
    settings = {"factors": 4, "regularization": 0.1, "iterations": 5, "alpha": 5.0, "seed": 1, **changes}
    return als.fit(user_items, **settings)  # type: ignore[arg-type]


def test_even_users_like_even_items() -> None:
    users, items, _ = fit(even_odd())
    scores = users @ items.T
    likes = np.add.outer(np.arange(12), np.arange(10)) % 2 == 0
    assert scores[likes].min() > scores[~likes].max()  # those among them that no user has touched too


def test_shapes_and_the_same_bytes_for_the_same_seed() -> None:
    first, second, other = fit(even_odd()), fit(even_odd()), fit(even_odd(), seed=2)
    assert (first[0].shape, first[1].shape) == ((12, 4), (10, 4))
    assert {part.dtype for part in first[:2]} == {np.dtype(np.float32)}
    assert [part.tobytes() for part in first[:2]] == [part.tobytes() for part in second[:2]]
    assert first[2] == second[2]
    assert first[0].tobytes() != other[0].tobytes()


def plain_loss(user_items: np.ndarray, X: np.ndarray, Y: np.ndarray, alpha: float, regularization: float) -> float:
    total = 0.0
    for user, row in enumerate(user_items):
        for item, value in enumerate(row):
            confidence, preference = (alpha * value, 1) if value else (1, 0)
            total += confidence * (preference - float(X[user] @ Y[item])) ** 2
    return (total + regularization * float((X**2).sum() + (Y**2).sum())) / user_items.size


def test_the_loss_is_the_weighted_error_over_all_cells() -> None:
    rng = np.random.default_rng(0)
    user_items = rng.integers(0, 3, (6, 5)).astype(np.float32) * 1.5
    X, Y = rng.normal(size=(6, 3)), rng.normal(size=(5, 3))
    assert als.loss(csr_matrix(user_items), X, Y, 2.0, 0.3) == pytest.approx(plain_loss(user_items, X, Y, 2.0, 0.3))


def test_the_curve_has_a_falling_loss_for_each_iteration() -> None:
    users, items, curve = fit(even_odd(), iterations=6)
    losses = [point["loss"] for point in curve]
    assert [point["iteration"] for point in curve] == [1, 2, 3, 4, 5, 6]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] == als.loss(even_odd(), users, items, 5.0, 0.1)


def test_users_and_items_without_interactions_stay_at_zero() -> None:
    users, items, _ = fit(csr_matrix(np.pad(even_odd().toarray(), ((0, 1), (0, 1)))))
    assert not users[-1].any()
    assert not items[-1].any()
