"""Every kind of damaged row is in a generated shop, and few of each."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from bench.shop.dirt import DIRTY_KINDS, NO_SUCH_DAY, plan_dirt, soil
from tests.bench.shop.files import REVIEWS, SMALL, is_clean, make, table

ROW = ["7", "p1", "5", "Tốt", "tốt", "2024-01-01 10:00:00"]


@pytest.mark.parametrize(
    ("kind", "place", "cell"),
    [
        ("zero", 2, "0"),
        ("six", 2, "6"),
        ("words", 2, "năm sao"),
        ("no_rating", 2, ""),
        ("no_such_day", 5, NO_SUCH_DAY),
        ("no_user", 0, ""),
    ],
)
def test_soil_changes_one_cell(kind: str, place: int, cell: str) -> None:
    assert soil(ROW, kind) == [[*ROW[:place], cell, *ROW[place + 1 :]]]


def test_soil_cuts_or_doubles_the_row() -> None:
    assert soil(ROW, "short") == [ROW[:5]]
    assert soil(ROW, "duplicate") == [ROW, ROW]


@pytest.mark.parametrize(("rows", "of_a_kind"), [(8, 1), (100, 1), (10_000, 4)])
def test_plan_has_as_many_of_each_kind(rows: int, of_a_kind: int) -> None:
    plan = plan_dirt(rows, np.random.default_rng(0))
    assert set(plan) <= set(range(rows))
    assert Counter(plan.values()) == dict.fromkeys(DIRTY_KINDS, of_a_kind)


def test_every_kind_of_dirty_row_is_there_and_they_are_few(
    small_shop: Path, default_shop: Path
) -> None:
    for folder in (small_shop, default_shop):
        rows = table(folder, REVIEWS)[1:]
        full = [row for row in rows if len(row) == 6]
        assert {"0", "6", "năm sao", ""} <= {row[2] for row in full}
        assert NO_SUCH_DAY in {row[5] for row in full}
        assert "" in {row[0] for row in full}
        assert len(full) < len(rows)
        assert any(one == two for one, two in pairwise(rows))
    assert 0.002 < sum(not is_clean(row) for row in rows) / len(rows) < 0.004


def test_no_dirty_has_none_and_leaves_the_other_rows_alone(
    small_shop: Path, tmp_path: Path
) -> None:
    clean_shop = make(tmp_path / "clean", *SMALL, "--no-dirty")
    clean, dirty = table(clean_shop, REVIEWS)[1:], table(small_shop, REVIEWS)[1:]
    assert all(map(is_clean, clean))
    assert len(set(map(tuple, clean))) == len(clean)
    assert {tuple(row) for row in dirty if is_clean(row)} <= set(map(tuple, clean))
    assert (
        len(clean) == len(dirty) - 1
    )  # one of each kind, and only the duplicate adds a row
