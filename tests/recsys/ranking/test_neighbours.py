"""What is bought together, beside dense arithmetic; and of a long row the nearest only."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.ranking import neighbours
from recsys.ranking.neighbours import item_neighbours, neighbour_scores


def likes(seed: int, users: int = 40, items: int = 15) -> csr_matrix:
    """User 3 likes nothing, nobody likes item 5."""
    cells = np.random.default_rng(seed).random((users, items)) < 0.3
    cells[3], cells[:, 5] = False, False
    return csr_matrix(cells.astype(np.float32) * 5)


def dense(liked: csr_matrix) -> np.ndarray:
    """P by the formula of the module."""
    pattern = (liked.toarray() > 0).astype(np.float64)
    of_user, of_item = pattern.sum(axis=1), pattern.sum(axis=0)
    scaled = pattern / np.sqrt(np.maximum(of_user, 1))[:, None]
    scaled /= np.sqrt(np.maximum(of_item, 1))
    return scaled.T @ scaled


def test_two_who_bought_the_same_two_items_by_hand() -> None:
    liked = csr_matrix(np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]], np.float32))
    near = item_neighbours(liked).toarray()
    assert near == pytest.approx(np.array([[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 0, 1]]))
    only_first = csr_matrix(np.array([[7, 0, 0]], np.float32))
    found = neighbour_scores(only_first, csr_matrix(near.astype(np.float32)))
    assert found == pytest.approx(np.array([[0.5, 0.5, 0]]))


@pytest.mark.parametrize("seed", [0, 1])
def test_it_is_the_formula(seed: int) -> None:
    liked = likes(seed)
    near = item_neighbours(liked)
    assert near.dtype == np.float32
    assert near.toarray() == pytest.approx(dense(liked), abs=1e-6)
    scores = neighbour_scores(liked, near)
    expected = (liked.toarray() > 0) @ dense(liked)
    assert scores.dtype == np.float32
    assert scores == pytest.approx(expected, abs=1e-5)
    assert not scores[3].any() and not scores[:, 5].any()


def test_blocks_change_no_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = item_neighbours(likes(2))
    monkeypatch.setattr(neighbours, "BATCH_CELLS", 31)
    again = item_neighbours(likes(2))
    for part in ("data", "indices", "indptr"):
        assert np.array_equal(getattr(whole, part), getattr(again, part))


def test_of_a_long_row_the_largest_stay_and_of_equal_ones_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    liked = likes(3)
    # items 7 and 8 are bought by the same users
    liked = csr_matrix(
        np.where(np.arange(15) == 8, liked[:, [7]].toarray(), liked.toarray())
    )
    full = item_neighbours(liked).toarray()
    monkeypatch.setattr(neighbours, "NEAREST", 4)
    cut = item_neighbours(liked)
    assert np.diff(cut.indptr).max() == 4
    for row, kept in zip(full, cut.toarray(), strict=True):
        order = sorted(np.flatnonzero(row), key=lambda item: (-row[item], item))[:4]
        assert np.flatnonzero(kept).tolist() == sorted(order)
        assert np.array_equal(kept[order], row[order])


def test_of_more_equal_entries_than_there_is_room_for_the_first_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(neighbours, "NEAREST", 3)
    alike = csr_matrix(np.ones((2, 5), np.float32))  # all five are equally near
    near = item_neighbours(alike)
    assert near.indices.reshape(5, 3).tolist() == [[0, 1, 2]] * 5


def test_a_shop_without_items_or_sales() -> None:
    assert item_neighbours(csr_matrix((3, 0), dtype=np.float32)).shape == (0, 0)
    assert item_neighbours(csr_matrix((3, 4), dtype=np.float32)).nnz == 0
