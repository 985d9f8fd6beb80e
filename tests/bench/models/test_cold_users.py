"""Users who are known by one purchase only."""

import numpy as np
import pytest

from bench.models import cold_users
from bench.models.cold_users import latest_positive, rows_of_users
from bench.models.fits import Fits
from bench.models.prepared import Prepared
from recsys.dataset.interactions import Interactions
from recsys.dataset.sparse import from_cells
from tests.bench.models.tables import rows_of


def test_the_latest_positive_is_the_held_out_or_the_only_one() -> None:
    cells = np.array([0, 0, 1, 2]), np.array([0, 1, 2, 0])
    binary = from_cells(*cells, np.ones(4), (3, 3))
    known = Interactions(binary * np.float32(5), binary, binary * 0)
    held_out = from_cells(np.array([0]), np.array([1]), np.ones(1), (3, 3))
    latest = latest_positive(held_out, known, np.array([True, True, False]))
    assert latest.toarray().tolist() == [[0, 5, 0], [0, 0, 5], [0, 0, 0]]


def test_rows_of_users_empties_the_others() -> None:
    matrix = from_cells(np.array([0, 1]), np.array([0, 1]), np.ones(2), (2, 2))
    assert rows_of_users(matrix, np.array([False, True])).toarray().tolist() == [
        [0, 0],
        [0, 1],
    ]


def test_each_way_is_compared_with_popularity(
    shop: Prepared, fits: Fits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cold_users, "SEEDS", (0,))
    rows = rows_of("\n".join(cold_users.table(shop, fits)))
    assert [row[0] for row in rows] == [
        "popularity",
        "content neighbours",
        "ALS, folded in",
        "ALS, folded in, hybrid score",
        "BPR, folded in",
        "BPR, folded in, hybrid score",
    ]
    assert rows[0][3] == "+0.0000 [+0.0000, +0.0000]"
