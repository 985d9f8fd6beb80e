"""The Gowalla split: a line a user, settings by a part of the training, both models."""

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bench.house.imports import ROOT
from bench.models import gowalla
from tests.bench.models.tables import rows_of


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small split, and small models."""
    rng = np.random.default_rng(0)
    for name, low, high in (("train.txt", 0, 30), ("test.txt", 30, 40)):
        lines = [
            f"{user} {' '.join(map(str, low + rng.permutation(high - low)[:6]))}"
            for user in range(50)
        ]
        (tmp_path / name).write_text("\n".join([*lines, ""]))
    als = gowalla.ALS | {"factors": 4, "iterations": 2}
    bpr = gowalla.BPR | {"factors": 4, "epochs": 5}
    softmax = gowalla.SOFTMAX | {"factors": 4, "epochs": 2}
    for name, value in (
        ("ALS", als),
        ("BPR", bpr),
        ("SOFTMAX", softmax),
        ("TRIED_ALS", [als]),
        ("TRIED_BPR", [bpr]),
        ("TRIED_SOFTMAX", [softmax]),
    ):
        monkeypatch.setattr(gowalla, name, value)
    monkeypatch.setattr(gowalla, "SHARE", 0.5)
    return tmp_path


def test_a_line_a_user_is_read(folder: Path) -> None:
    train = gowalla.read_split(folder / "train.txt", (50, 40))
    assert train.nnz == 300 and set(train.data) == {1.0}
    held_out = gowalla.part_of(train, 0.5, seed=1)
    assert held_out.getnnz(axis=1).tolist() == [3] * 50
    assert (held_out.multiply(train) != held_out).nnz == 0


def test_a_short_history_gives_one_too_and_one_item_stays() -> None:
    lengths = [0, 1, 2, 5, 10, 39]
    cells = np.arange(40) < np.array(lengths)[:, None]
    held_out = gowalla.part_of(csr_matrix(cells.astype(np.float32)), 0.1, seed=1)
    assert held_out.getnnz(axis=1).tolist() == [0, 0, 1, 1, 1, 3]


def test_the_table_has_all_models_and_the_published_figures(
    folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.md"
    with (folder / "train.txt").open("a") as file:
        file.write("49 39\n")  # as many items as the test has
    gowalla.main(
        [str(folder), "--params", str(ROOT / "params.yaml"), "--out", str(out)]
    )
    assert out.read_text().startswith("50 users, 40 items, 301 interactions\n")
    rows = rows_of(out.read_text())
    assert [row[0] for row in rows[:3]] == ["ALS", "BPR", "softmax"]
    assert [row[0] for row in rows[3:]] == [
        f"{name}, published" for name in gowalla.PUBLISHED
    ]


def test_the_search_has_a_row_a_setting(folder: Path) -> None:
    rows = rows_of(gowalla.report(folder, is_search=True, params=ROOT / "params.yaml"))
    assert [row[0] for row in rows] == ["ALS", "BPR", "softmax"]
    assert all(0 <= float(row[2]) <= 1 for row in rows)
