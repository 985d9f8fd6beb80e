"""The place of an item by many weighted sums, found by bounds: that of a plain count."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.ranking import sums_kernel

DEEPEST = 10


class Parts:
    """Random parts of some rows, and weights for them: content, popularity, neighbours, kind."""

    def __init__(
        self,
        rng: np.random.Generator,
        items: int,
        weights: list[tuple[float, float, float, int]],
        rounded: bool = False,
        scale: float = 1.0,
        rows: int = 4,
    ) -> None:
        def drawn(*shape: int) -> np.ndarray:
            part = rng.normal(size=shape)
            return np.asarray(np.round(part) if rounded else part, np.float32)

        self.factors, self.content = drawn(rows, items), drawn(rows, items)
        self.popularity = drawn(items) * np.float32(scale)
        self.near = drawn(2, rows, items)
        table = np.array(sorted(weights, key=lambda one: one[1])).reshape(-1, 4)
        self.weights = table[:, :3].astype(np.float32)
        self.kind = table[:, 3].astype(np.int64)

    def places(self, items: np.ndarray) -> np.ndarray:
        """By the kernel, (weights, rows) uint8."""
        found = np.full((len(self.weights), len(items)), DEEPEST, np.uint8)
        sums_kernel.places_of_sums(
            *(self.factors, self.content, self.popularity, self.near),
            *(self.weights, self.kind, np.arange(len(items)), items, found),
        )
        return found

    def plain(self, row: int, item: int) -> list[int]:
        """By each of the weights, item by item in float32."""
        found = []
        for (c, p, n), kind in zip(self.weights, self.kind, strict=True):
            total = self.factors[row] + c * self.content[row]
            total = total + p * self.popularity
            total = total + n * self.near[kind, row]
            before = np.arange(len(total)) < item
            above = (total > total[item]) | ((total == total[item]) & before)
            found.append(min(int(above.sum()), DEEPEST))
        return found


def of_two_kinds(*sizes: tuple[float, ...]) -> list[tuple[float, float, float, int]]:
    return [(*one, kind) for one in product(*sizes) for kind in (0, 1)]


@settings(deadline=None)  # the kernel is compiled on the way
@given(
    seed=st.integers(0, 1 << 30),
    items=st.integers(1, 60),
    rounded=st.booleans(),
    scale=st.sampled_from([1e-6, 1.0, 1e5]),
    least=st.sampled_from([0, -1, 0.5]),
)
def test_it_is_what_a_plain_count_gives(
    seed: int, items: int, rounded: bool, scale: float, least: float
) -> None:
    """Of ties too, of parts that are of other sizes, and of weights on both sides of 0."""
    rng = np.random.default_rng(seed)
    weights = of_two_kinds((least, 0.3, 1), (least, 0.5, 4), (least, 2))
    parts = Parts(rng, items, weights, rounded, scale)
    wanted = rng.integers(0, items, 4)
    hidden = rng.random(parts.factors.shape) < 0.2
    hidden[[0, 1, 2], wanted[:3]] = False
    parts.factors[hidden] = -np.inf
    found = parts.places(wanted)
    for row, item in enumerate(wanted.tolist()):
        if parts.factors[row, item] == -np.inf:
            assert (found[:, row] == DEEPEST).all()
        else:
            assert found[:, row].tolist() == parts.plain(row, item)


@pytest.mark.parametrize("items", [255, 256, 257, 5000])
def test_bounds_change_nothing_of_many_items(items: int) -> None:
    """Of rows where most stand before the item, and of such where none does."""
    rng = np.random.default_rng(items)
    weights = of_two_kinds((0, 0.5, 1), (0, 1, 2), (0, 0.5, 4))
    parts = Parts(rng, items, weights, rows=6)
    wanted = rng.integers(0, items, 6)
    parts.factors[np.arange(6), wanted] += np.array([0, 2, 4, 6, 8, 30], np.float32)
    found = parts.places(wanted)
    for row, item in enumerate(wanted.tolist()):
        assert found[:, row].tolist() == parts.plain(row, item)
    assert 0 < (found < DEEPEST).mean() < 1


@pytest.mark.parametrize("large", [1e4, 1e6])
def test_sums_that_are_equal_by_rounding_alone_are_ties(large: float) -> None:
    """A part that is large and the same of all swallows what the others differ in."""
    rng = np.random.default_rng(0)
    parts = Parts(rng, 300, of_two_kinds((0, 1), (1, 3), (0, 1)))
    parts.popularity[:] = large
    for part in (parts.factors, parts.content, parts.near):
        part *= np.float32(large * 2e-8)
    wanted = np.array([3, 5, 7, 9])
    found = parts.places(wanted)
    for row, item in enumerate(wanted.tolist()):
        assert found[:, row].tolist() == parts.plain(row, item)
        assert item in found[:, row]  # all before it are equal, by some weights


def test_a_score_without_end_is_compared_as_it_is() -> None:
    parts = Parts(np.random.default_rng(0), 20, of_two_kinds((0, 1), (0, 1), (0, 1)))
    parts.factors[0, [3, 7, 11]] = np.inf
    wanted = np.array([7])
    assert parts.places(wanted)[:, 0].tolist() == parts.plain(0, 7)
    assert parts.plain(0, 7) == [1] * len(parts.weights)


def test_without_weights_nothing_is_asked() -> None:
    parts = Parts(np.random.default_rng(0), 3, [])
    assert parts.places(np.array([1])).shape == (0, 1)
