"""Warm starts against fits from nothing."""

from pathlib import Path

import numpy as np
import pytest

from bench.models import warm
from bench.models.prepared import Prepared
from bench.models.warm import Look, before, new_positives, some_rows
from recsys.dataset.sparse import entries_per_row, from_cells
from tests.bench.models.tables import rows_of


def test_warm_looks_at_both_ways(
    raw: Path, light: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(warm, "SAMPLE", raw)
    warm.main(["--params", str(light), "--out", str(tmp_path / "out.md")])
    rows = rows_of((tmp_path / "out.md").read_text())
    assert {row[0] for row in rows} == {"from nothing", "warm"}
    assert (
        rows[0][1] == "1" and rows[2][1] == "3"
    )  # als, from nothing, 1 to 3 iterations


def test_the_former_model_knows_less(shop: Prepared) -> None:
    left, is_old = before(shop)
    known = shop.inputs.known
    assert (entries_per_row(left.binary)[~is_old] == 0).all()
    assert 0 < new_positives(shop) == known.binary.nnz - left.binary.nnz
    assert (left.binary.multiply(known.binary) != left.binary).nnz == 0


def test_some_rows_empties_the_others() -> None:
    matrix = from_cells(np.array([0, 1]), np.array([0, 1]), np.ones(2), (2, 2))
    assert some_rows(matrix, np.array([True, False])).toarray().tolist() == [
        [1, 0],
        [0, 0],
    ]


def test_a_look_is_a_row() -> None:
    assert (
        Look(2, 0.5, None, 0.25).row("warm", 0.25) == "| warm | 2 | 0.75 | 0.2500 |  |"
    )
    assert Look(2, 0.5, 1.5, 0.25).row("warm", 0.0).endswith("| 1.500000 |")
