"""The compiled half beside plain loops."""

import numpy as np
import pytest

from recsys.drift import kernel

BEGIN = np.array([0, 2, 3, 6], dtype=np.int64)
ITEM = np.array([0, 0, 1, 2, 1, 2], dtype=np.int64)
CARDS = np.array([[-1.0, 0.5], [1.0, 1.0], [-3.0, 2.0]])
UNITS = {0: [2, 0, 0, 0.5, 2], 1: [0, 1, 0, 1.0, 1], 2: [0, 1, 2, 2.0, 3]}


def drawn(cards: np.ndarray, chance: list[list[float]]) -> list[list[float]]:
    numbers = np.array(chance)
    taken = np.full((len(numbers), 1), numbers.shape[1])
    found = kernel.sums_of_draws(cards, taken, numbers, BEGIN, ITEM, 3)
    return [list(row) for row in found]


def test_a_draw_takes_units_as_its_numbers_say() -> None:
    cards = CARDS.copy()
    assert drawn(cards, [[0.0], [0.99], [0.34]]) == [UNITS[0], UNITS[2], UNITS[1]]
    assert cards.tolist() == CARDS[[1, 2, 0]].tolist()
    both = np.add(UNITS[1], UNITS[2]).tolist()
    assert drawn(CARDS.copy(), [[0.4, 0.9]]) == [both]


def test_each_pair_of_units_is_drawn_as_often() -> None:
    rng = np.random.default_rng(1)
    sums = drawn(CARDS.copy(), rng.random((6_000, 2)).tolist())
    left_out = 6 - np.array(sums)[:, -1]  # events of the unit that is not in it
    assert np.bincount(left_out.astype(int), minlength=4)[1:] == pytest.approx(
        2_000, abs=120
    )


def test_of_each_block_as_many_are_drawn_as_is_said() -> None:
    begin = np.arange(kernel.BLOCK + 3)
    item = (begin[:-1] >= kernel.BLOCK).astype(np.int64)
    cards = np.stack([item, begin[:-1]], axis=1).astype(float)
    taken = np.array([[2, 1], [0, 2], [3, 0]])
    chance = np.array([[0.0, 0.5, 0.9, 0], [0.0, 0.0, 9, 9], [0.0, 0.0, 0.0, 9]])
    found = kernel.sums_of_draws(cards, taken, chance[:, :3].copy(), begin, item, 2)
    first, last = np.float64(kernel.BLOCK), np.float64(kernel.BLOCK + 1)
    assert found[0].tolist() == [2, 1, 0 + 1 + (kernel.BLOCK - 1) // 2 + last, 3]
    assert found[1].tolist() == [0, 2, first + last, 2]
    assert found[2, [0, 1, 3]].tolist() == [3, 0, 3]


def plain_shift(one: np.ndarray, other: np.ndarray, k: int) -> float:
    first, second = (
        {i for i in sorted(range(len(c)), key=lambda i: (-c[i], i))[:k] if c[i] > 0}
        for c in (one, other)
    )
    return 1 - len(first & second) / max(1, len(first | second))


@pytest.mark.parametrize("k", [1, 3, 8])
def test_the_shift_of_the_top_is_that_of_a_plain_loop(k: int) -> None:
    rng = np.random.default_rng(k)
    windows = rng.poisson(0.8, (200, 10)).astype(float)
    total = windows.max(axis=0) + rng.poisson(1.0, 10)
    found = kernel.shifts_of_top(windows, total, 8, k)
    expected = [plain_shift(row[:8], (total - row)[:8], k) for row in windows]
    assert found.tolist() == expected


def test_of_equal_items_the_first_is_taken_and_what_has_none_is_not() -> None:
    windows, total = np.array([[1.0, 0, 1, 0, 0]]), np.array([2.0, 1, 1, 0, 0])
    # 0 of the window's 0 and 2; 0 of the rest's 0 and 1
    assert kernel.shifts_of_top(windows, total, 3, 1).tolist() == [0.0]
    assert kernel.shifts_of_top(windows, total, 3, 3).tolist() == [1 - 1 / 3]
    assert kernel.shifts_of_top(0 * windows, 0 * total, 3, 2).tolist() == [1.0]
