"""The gradient is that of the objective."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.program.seeds import generator
from recsys.softmax.descent import WEIGHT, Descent, first_rows, gradient
from recsys.softmax.rows import scaled
from recsys.softmax.visits import Batch
from tests.recsys.softmax.worlds import circles

TEMPERATURE = 0.4
BATCH = Batch(  # user 2 comes twice, and item 1 is a positive of two and a negative
    np.array([2, 0, 2]),
    np.array([0, 2, 3, 6]),
    np.array([1, 3, 1, 0, 4, 5], dtype=np.int32),
    np.array([0, 1, 6, 7]),
)


def rows(count: int, seed: int) -> np.ndarray:
    drawn = np.random.default_rng(seed).normal(size=(count, 4))
    return scaled(drawn.astype(np.float32))


def objective(X: np.ndarray, Y: np.ndarray) -> float:
    """The formula at the top of the module, visit by visit, in double precision."""
    total = 0.0
    for visit, user in enumerate(BATCH.users):
        own = BATCH.positives[BATCH.begin[visit] : BATCH.begin[visit + 1]]
        scores = Y.astype(np.float64) @ X[user] / TEMPERATURE
        others = np.log(np.exp(scores[BATCH.negatives]).sum())
        total += WEIGHT * len(own) * others - scores[own].sum()
    return total / len(BATCH.positives)


def slope_of(X: np.ndarray, Y: np.ndarray, of_users: bool) -> np.ndarray:
    """By central differences."""
    X, Y = X.astype(np.float64), Y.astype(np.float64)
    rows_of = X if of_users else Y
    slope = np.zeros_like(rows_of)
    for cell in np.ndindex(rows_of.shape):
        was = rows_of[cell]
        values = []
        for away in (1e-5, -1e-5):
            rows_of[cell] = was + away
            values.append(objective(X, Y))
        rows_of[cell] = was
        slope[cell] = (values[0] - values[1]) / 2e-5
    return slope


def test_the_gradient_is_that_of_the_objective() -> None:
    X, Y = rows(3, 0), rows(9, 1)
    found = gradient(X, Y, BATCH, TEMPERATURE)
    assert found.users.tolist() == [0, 2]
    assert found.items.tolist() == [0, 1, 3, 4, 5, 6, 7]
    expected = slope_of(X, Y, of_users=True)
    assert found.of_users == pytest.approx(expected[found.users], abs=1e-5)
    expected = slope_of(X, Y, of_users=False)
    assert found.of_items == pytest.approx(expected[found.items], abs=1e-5)
    assert not np.delete(expected, found.items, axis=0).any()


def test_a_visit_is_right_where_its_first_positive_stands_above_an_item() -> None:
    X = np.array([[1, 0], [1, 0], [1, 0]], dtype=np.float32)
    Y = np.zeros((9, 2), dtype=np.float32)
    Y[[0, 1], 0] = 1  # what the first positives are
    Y[6, 0] = 2
    assert gradient(X, Y, BATCH, TEMPERATURE).right == 0
    Y[[0, 6], 0] = 0.5, -1
    assert gradient(X, Y, BATCH, TEMPERATURE).right == 2


def test_an_epoch_lowers_what_a_batch_measures() -> None:
    going = Descent(circles(), 8, TEMPERATURE, seed=0)
    before = going.epoch(1, 0.5, 0.4)
    for number in range(2, 10):
        after = going.epoch(number, 0.4, 0.3)
    assert before < 0.8 and after > 0.86  # the rest is of their own circle
    for one in (going.users.values, going.items.values):
        assert np.linalg.norm(one, axis=1) == pytest.approx(1, abs=1e-5)


def test_without_a_start_users_begin_at_the_mean_of_their_items() -> None:
    user_items = csr_matrix(np.array([[1, 1, 0], [0, 0, 0]], dtype=np.float32))
    X, Y = first_rows(user_items, 4, generator(0))
    assert np.linalg.norm(Y, axis=1) == pytest.approx(1, abs=1e-6)
    assert X[0] == pytest.approx(Y[0] + Y[1])
    assert not X[1].any()


def test_rows_that_a_start_lacks_are_made_and_the_others_kept() -> None:
    user_items = csr_matrix(np.array([[1, 1], [0, 1], [0, 0]], dtype=np.float32))
    X, Y = rows(3, 0), rows(2, 1)
    X[1], Y[1] = 0, 0
    users, items = first_rows(user_items, 4, generator(0), (X, Y))
    assert np.array_equal(users[0], X[0])
    assert np.array_equal(items[0], Y[0])
    assert items[1].any()
    assert np.array_equal(users[1], items[1])
    assert not users[2].any()  # nobody knows what they like


@pytest.mark.parametrize(("users", "items"), [(2, 2), (3, 3)])
def test_a_start_of_other_rows_is_refused(users: int, items: int) -> None:
    user_items = csr_matrix((3, 2), dtype=np.float32)
    with pytest.raises(ValueError, match="do not fit"):
        first_rows(user_items, 4, generator(0), (rows(users, 0), rows(items, 1)))
