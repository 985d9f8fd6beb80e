"""Rows stay on the sphere, and each goes steps of its own length."""

import numpy as np
import pytest

from recsys.softmax.rows import Rows, scaled


def two() -> Rows:
    return Rows.begin(np.array([[3, 0], [0, 0.5]], dtype=np.float32))


def step(rows: Rows, which: list[int], slope: list[list[float]], length: float) -> None:
    rows.step(np.array(which), np.array(slope, dtype=np.float32), length)


def test_rows_begin_at_length_1_and_one_of_zeros_stays() -> None:
    made = scaled(np.array([[3, 4], [0, 0]], dtype=np.float32))
    assert made.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0, 0]]
    assert made.dtype == np.float32


def test_a_first_step_is_as_long_as_it_is_told_however_steep() -> None:
    for steep in (1e-3, 1.0, 1e3):
        rows = two()
        step(rows, [0], [[0, steep]], 0.1)
        assert rows.values[0] == pytest.approx([1 / 1.01**0.5, -0.1 / 1.01**0.5])


def test_what_points_along_the_row_does_not_move_it() -> None:
    rows = two()
    step(rows, [1], [[0, 5]], 0.1)
    assert rows.values[1].tolist() == [0, 1]
    assert np.isfinite(rows.values).all()


def test_what_points_along_the_row_does_not_make_the_step_shorter() -> None:
    rows = two()
    step(rows, [1], [[1, 5]], 0.1)
    assert rows.values[1] == pytest.approx([-0.1 / 1.01**0.5, 1 / 1.01**0.5])
    assert rows.square[1] == pytest.approx(0.01)


def test_a_small_gradient_after_large_ones_moves_less() -> None:
    rows = two()
    for _ in range(20):
        rows.values[0] = [1, 0]
        step(rows, [0], [[0, 1]], 0.1)
    rows.values[0] = [1, 0]
    step(rows, [0], [[0, 0.1]], 0.1)
    assert rows.values[0, 1] == pytest.approx(-0.01, rel=0.05)


def test_a_row_that_is_not_named_keeps_its_bits_and_its_steps() -> None:
    rows = two()
    before = rows.values[1].tobytes()
    step(rows, [0], [[0, 1]], 0.3)
    assert rows.values[1].tobytes() == before
    assert rows.steps.tolist() == [1, 0]
    assert rows.square.tolist() == [pytest.approx(0.01), 0]


def test_restored_rows_go_on_as_they_would_have() -> None:
    one = two()
    step(one, [0, 1], [[0, 1], [1, 0]], 0.3)
    other = Rows.restored(
        {name: kept.copy() for name, kept in one.state("x").items()}, "x"
    )
    for rows in (one, other):
        step(rows, [0, 1], [[1, 1], [1, 2]], 0.3)
    assert one.values.tobytes() == other.values.tobytes()
