"""The small equation of a user has the solution of the large one."""

import numpy as np
import pytest

from recsys.models.shared_equation import SharedEquation


@pytest.mark.parametrize("count", [1, 3, 5, 6, 9])
@pytest.mark.parametrize("r", [1e-3, 10.0])
def test_both_ways_solve_the_equation(count: int, r: float) -> None:
    rng = np.random.default_rng(count)
    Y = rng.standard_normal((12, 6)).astype(np.float32)
    items = rng.choice(12, count, replace=False)
    c = rng.uniform(0, 20, count)  # 1 and less too
    wanted = c * (np.arange(count) % 2 == 0)
    rows = Y.astype(np.float64)
    B = rows[items]
    A = rows.T @ rows + (B.T * (c - 1)) @ B + r * np.eye(6)
    expected = np.linalg.solve(A, wanted @ B)
    found = SharedEquation.of(Y).solve(items, c - 1, wanted, r)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_the_smallest_penalty_is_never_nothing() -> None:
    assert SharedEquation.of(np.zeros((3, 2), np.float32)).least > 0
    assert SharedEquation.of(np.eye(2, dtype=np.float32)).least == pytest.approx(1e-9)


@pytest.mark.parametrize("count", [1, 2, 5, 7])
def test_many_users_at_once_are_solved_to_the_last_bit_as_each_alone(
    count: int,
) -> None:
    rng = np.random.default_rng(count)
    shared = SharedEquation.of(rng.standard_normal((40, 16)).astype(np.float32))
    items = np.array([rng.choice(40, count, replace=False) for _ in range(300)])
    c, r = rng.uniform(0, 20, items.shape), rng.uniform(0.1, 9, 300)
    wanted = c * (np.arange(count) < 2)
    found = shared.solve_several(items, c - 1, wanted, r)
    each = zip(items, c - 1, wanted, r.tolist(), strict=True)
    assert np.array_equal(found, [shared.solve(*one) for one in each])
