"""Mixed numbers: those of the paper's generator, no two alike. Rows that are the same are found,
and no others taken for them.
"""

import numpy as np
import pytest

from recsys.files import mixing
from recsys.files.mixing import distinct_rows, mixed

GOLDEN = 0x9E3779B97F4A7C15


def test_it_is_the_finalizer_of_the_published_generator() -> None:
    """The first numbers of SplitMix64 from 1234567."""
    with np.errstate(over="ignore"):
        steps = np.uint64(1234567) + np.arange(1, 4, dtype=np.uint64) * np.uint64(
            GOLDEN
        )
    assert mixed(steps).tolist() == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]


def test_numbers_that_follow_one_another_are_far_apart() -> None:
    found = mixed(np.arange(1, 100_001, dtype=np.uint64))
    assert len(np.unique(found)) == 100_000
    assert abs(np.mean(found >> np.uint64(63)) - 0.5) < 0.01
    assert abs(np.mean(found & np.uint64(1)) - 0.5) < 0.01


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
@pytest.mark.parametrize("kinds", [1, 7, 500])
def test_each_row_is_the_kind_that_it_is_said_to_be(
    dtype: type[np.generic], kinds: int
) -> None:
    rng = np.random.default_rng(kinds)
    table = (1000 * rng.normal(size=(kinds, 5))).astype(dtype)
    rows = table[rng.integers(0, kinds, 300)]
    found, kind = distinct_rows(rows)
    different = len({row.tobytes() for row in rows})
    assert len(found) == (different if different <= 150 else 300)
    assert found[kind].tobytes() == rows.tobytes()


def test_numbers_that_are_none_and_both_zeros() -> None:
    rows = np.array([[np.nan, 0.0], [1.0, -0.0], [1.0, 0.0]])[[0, 0, 0, 0, 1, 2]]
    found, kind = distinct_rows(rows)
    assert len(found) == 3
    assert found[kind].tobytes() == rows.tobytes()


def test_columns_that_change_places_make_another_row() -> None:
    found, _ = distinct_rows(np.array([[1.0, 2.0], [2.0, 1.0]])[[0, 1, 0, 0]])
    assert sorted(found.tolist()) == [[1, 2], [2, 1]]


def test_no_row_and_no_column() -> None:
    found, kind = distinct_rows(np.zeros((0, 3)))
    assert (found.shape, len(kind)) == ((0, 3), 0)
    found, kind = distinct_rows(np.zeros((4, 0)))
    assert (len(found), kind.tolist()) == (1, [0, 0, 0, 0])


def test_rows_whose_hashes_are_the_same_are_told_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mixing, "mixed", lambda values: values & np.uint64(1))
    rows = np.random.default_rng(0).random((60, 2))
    found, kind = distinct_rows(rows)
    assert found[kind].tobytes() == rows.tobytes()
