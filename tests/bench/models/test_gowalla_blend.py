"""The blend on Gowalla is chosen on the fold, beside each model alone."""

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bench.house.imports import ROOT
from bench.models import gowalla_blend
from bench.models.gowalla_blend import Both, Sum, best_of
from recsys.models.model import Trained
from tests.bench.models.tables import rows_of
from tests.bench.models.test_gowalla import folder

__all__ = ["folder"]  # a fixture


def test_each_kind_has_its_lines(folder: Path, tmp_path: Path) -> None:
    with (folder / "train.txt").open("a") as file:
        file.write("49 39\n")  # as many items as the test has
    out = tmp_path / "out.md"
    words = [str(folder), "--params", str(ROOT / "params.yaml"), "--out", str(out)]
    gowalla_blend.main([*words, "--seeds", "2"])
    rows = rows_of(out.read_text())
    assert [row[0] for row in rows[:6]] == [
        *("ALS", "ALS", "softmax", "softmax", "blend", "blend")
    ]
    assert all(0 <= float(row[2]) <= 1 for row in rows[:6])
    assert [row[4] for row in rows[:6]].count("") == 2  # the better one of both


def test_a_sum_is_that_of_z_scores_and_the_best_is_that_of_the_fold() -> None:
    """Each model knows one of two items that a user takes; together they put both on top."""
    known = csr_matrix(np.eye(3, 30, dtype=np.float32))
    wanted = np.zeros((3, 30), np.float32)
    wanted[:, [10, 20]] = 1
    eye = np.eye(30, dtype=np.float32)
    rng = np.random.default_rng(0)

    def knows(item: int) -> Trained:
        scores = rng.random((3, 30)).astype(np.float32)
        scores[:, item] = 9
        return Trained(scores, eye, [])

    sums = [Sum(0.0, 0.0), Sum(0.5, 0.0), Sum(1.0, 0.0)]
    both = Both(known, knows(10), knows(20))
    found = both.measured(csr_matrix(wanted), sums)
    assert found[sums[1]][:, 1] == pytest.approx(1)
    assert best_of(found, sums) == sums[1]
