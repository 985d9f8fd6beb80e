"""One half solves its rows as the textbook does, in whatever axes."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.als import half
from tests.recsys.als.worlds import textbook_rows
from tests.worlds import one_blas_thread


@pytest.mark.parametrize("users", [8, 90])  # few: their half is not turned
def test_one_half_is_the_textbook_s_where_rows_have_few_entries(users: int) -> None:
    rng = np.random.default_rng(users)
    entries = np.zeros((users, 30), np.float32)
    for row in entries:  # the last of two is a dislike
        row[rng.choice(30, 2, replace=False)] = 3, -2
    entries[0] = 0
    X, Y = rng.normal(size=(2, 30, 9)).astype(np.float32) / 3
    X = np.resize(X, (users, 9))
    penalty = rng.random(users) + 0.5
    exact = textbook_rows(entries, Y, penalty, np.zeros_like(X)) @ Y.T
    with one_blas_thread():
        solve = half.half(csr_matrix(entries), penalty, 9)
        for _ in range(1 if users > 8 else 20):
            solve(X, Y, None)
    assert np.abs(X @ Y.T - exact).max() < 1e-4


@pytest.mark.parametrize(
    "entries", [[0], [5, 0, 0], [1] * 50, [900_000, 1, 1, 900_000, 0]]
)
def test_pieces_are_all_rows_once_in_order(entries: list[int]) -> None:
    bounds = half.pieces(np.concatenate([[0], np.cumsum(entries)]), 64, 36)
    assert (bounds[0], bounds[-1]) == (0, len(entries))
    assert (np.diff(bounds) >= 0).all()
