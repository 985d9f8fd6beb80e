"""The place of an item by many weighted sums, with and without bounds: that of a plain count."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.ranking import sums_kernel

DEEPEST = 10


def plain(
    parts: list[np.ndarray], weights: np.ndarray, row: int, item: int
) -> list[int]:
    """By each of the weights, item by item in float32."""
    factors, content, popularity, near = (
        part[min(row, len(part) - 1)] for part in parts
    )
    found = []
    for c, p, n in weights:
        total = factors + c * content
        total = total + p * popularity
        total = total + n * near
        before = np.arange(len(total)) < item
        above = (total > total[item]) | ((total == total[item]) & before)
        found.append(min(int(above.sum()), DEEPEST))
    return found


def places(
    parts: list[np.ndarray], weights: np.ndarray, items: np.ndarray, sample: int
) -> np.ndarray:
    factors, content, popularity, near = parts
    found = np.full((len(weights), len(items)), DEEPEST, np.uint8)
    rows = np.arange(len(items))
    sums_kernel.places_by_bounds(
        *(factors, content, popularity[0], near, weights, rows, items, sample, found)
    )
    return found


@settings(deadline=None)  # the kernel is compiled on the way
@given(
    seed=st.integers(0, 1 << 30),
    items=st.integers(1, 60),
    rounded=st.booleans(),
    scale=st.sampled_from([1e-6, 1.0, 1e5]),
    sample=st.sampled_from([0, 7, 1000]),
)
def test_it_is_what_a_plain_count_gives(
    seed: int, items: int, rounded: bool, scale: float, sample: int
) -> None:
    """Of ties too, and of parts that are of other sizes."""
    rng = np.random.default_rng(seed)
    rows = 4
    parts = [rng.normal(size=(rows, items)) for _ in range(4)]
    parts[2] = parts[2][:1]
    parts = [
        ((np.round(part) if rounded else part) * size).astype(np.float32)
        for part, size in zip(parts, (1, 1, scale, 1), strict=True)
    ]
    wanted = rng.integers(0, items, rows)
    hidden = rng.random((rows, items)) < 0.2
    hidden[[0, 1, 2], wanted[:3]] = False
    parts[0][hidden] = -np.inf
    weights = np.array(
        sorted(product((0, 0.3, 1), (0, 0.5, 4), (0, 2)), key=lambda one: one[1]),
        np.float32,
    )
    found = places(parts, weights, wanted, sample)
    for row, item in enumerate(wanted.tolist()):
        if parts[0][row, item] == -np.inf:
            assert (found[:, row] == DEEPEST).all()
        else:
            assert found[:, row].tolist() == plain(parts, weights, row, item)


@pytest.mark.parametrize("sample", [0, 50, 1 << 20])
def test_bounds_change_nothing_of_many_items(sample: int) -> None:
    rng = np.random.default_rng(1)
    parts = [rng.normal(size=(6, 5000)).astype(np.float32) for _ in range(4)]
    parts[2] = parts[2][:1]
    items = rng.integers(0, 5000, 6)
    parts[0][np.arange(6), items] += np.array([0, 2, 4, 6, 8, 10], np.float32)
    weights = np.array([[0.5, 1, 0.5], [1, 1, 0], [0, 2, 1]], np.float32)
    found = places(parts, weights, items, sample)
    for row, item in enumerate(items.tolist()):
        assert found[:, row].tolist() == plain(parts, weights, row, item)
    assert 0 < (found < DEEPEST).mean() < 1


def test_without_weights_nothing_is_asked() -> None:
    parts = [np.zeros((1, 3), np.float32) for _ in range(4)]
    nothing = np.zeros((0, 3), np.float32)
    assert places(parts, nothing, np.array([1]), 0).shape == (0, 1)
