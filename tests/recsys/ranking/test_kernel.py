"""The compiled ranking gives what a plain loop gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from recsys.ranking import kernel

INFINITY = float("inf")
FEW = st.sampled_from([-INFINITY, -1.5, -0.0, 0.0, 1e-30, 2.0, INFINITY])
ROWS = arrays(
    np.float32, array_shapes(min_dims=2, max_dims=2, max_side=200), elements=FEW
)


def best(scores: np.ndarray, k: int) -> tuple[list[list[int]], bool]:
    items, has_nan = kernel.best_of_rows(scores, k)
    return items.tolist(), has_nan


def plain(row: list[float], k: int) -> list[int]:
    """Items by falling score, the smaller index first, without those of -inf; -1 to fill up."""
    there = [item for item, score in enumerate(row) if score > -INFINITY]
    ranked = sorted(there, key=lambda item: (-row[item], item))[:k]
    return ranked + [kernel.NONE] * (k - len(ranked))


@settings(deadline=None, max_examples=60)
@given(ROWS, st.integers(1, 12))
def test_the_best_items_are_those_of_a_plain_loop(scores: np.ndarray, k: int) -> None:
    wanted = [plain(row, k) for row in scores.tolist()]
    assert best(scores, k) == (wanted, False)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("place", [0, 63, 64, 99])
def test_a_score_that_is_no_number_is_said_wherever_it_stands(
    sign: int, place: int
) -> None:
    scores = np.zeros((3, 100), dtype=np.float32)
    scores[1, place] = np.copysign(np.float32(np.nan), sign)
    assert best(scores, 1)[1]


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_a_place_is_how_many_stand_before_in_a_plain_loop(scores: np.ndarray) -> None:
    rows, items = scores.shape
    row, item = (index.ravel() for index in np.indices((rows, items)))
    found, has_nan = kernel.places_of(scores, row, item)
    order = [plain(of_row, items) for of_row in scores.tolist()]
    wanted = [
        order[r].index(i) if i in order[r] else kernel.NONE
        for r, i in zip(row.tolist(), item.tolist(), strict=True)
    ]
    assert (found.tolist(), has_nan) == (wanted, False)


@pytest.mark.parametrize("place", [0, 4, 5, 9])
def test_a_place_in_a_row_with_a_score_that_is_no_number_is_refused(place: int) -> None:
    scores = np.zeros((2, 10), dtype=np.float32)
    scores[1, place] = np.nan
    at_5 = np.array([5])
    assert kernel.places_of(scores, np.array([1]), at_5)[1]
    assert not kernel.places_of(scores, np.array([0]), at_5)[1]


def test_what_was_masked_stands_there_again_though_an_entry_stands_twice() -> None:
    scores = np.arange(6, dtype=np.float32).reshape(2, 3)
    indptr, indices = np.array([0, 2, 3]), np.array([1, 1, 2])
    former = kernel.mask(scores, indptr, indices)
    assert scores.tolist() == [[0, -INFINITY, 2], [3, 4, -INFINITY]]
    kernel.unmask(scores, indptr, indices, former)
    assert scores.tolist() == [[0, 1, 2], [3, 4, 5]]
