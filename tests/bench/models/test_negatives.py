"""Hard negatives against plain BPR."""

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bench.house.imports import ROOT
from bench.models import negatives
from bench.models.movielens import Folds
from recsys.bpr.params import Params
from recsys.dataset.interactions import Interactions
from recsys.program.params import load
from tests.bench.models.tables import rows_of
from tests.worlds import even_odd


def test_negatives_compares_each_kind_with_plain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(negatives, "LOOK_EVERY", 1)
    monkeypatch.setattr(negatives, "SEEDS", (42,))
    user_items = even_odd()
    nothing = csr_matrix(user_items.shape, dtype=np.float32)
    last = csr_matrix(
        (np.ones(12), (range(12), [8, 9] * 6)), shape=user_items.shape, dtype=np.float32
    )
    left = (user_items - user_items.multiply(last)).tocsr()
    left.eliminate_zeros()
    first = csr_matrix(
        (np.ones(12), (range(12), [0, 1] * 6)), shape=user_items.shape, dtype=np.float32
    )
    world = Folds(Interactions(left, left, nothing), first, last)
    params = load(Params, "train_bpr", ROOT / "params.yaml").model_copy(
        update={"factors": 4, "epochs": 3}
    )
    rows = rows_of("\n".join(negatives.table(world, params)))
    assert [row[0] for row in rows] == [variant.name for variant in negatives.VARIANTS]
    assert rows[0][4] == "" and all("[" in row[4] for row in rows[1:])


def test_the_report_has_a_table_a_data_set(
    raw: Path, light: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("LOOK_EVERY", 5),
        ("SEEDS", (42,)),
        ("VARIANTS", negatives.VARIANTS[:2]),
    ):
        monkeypatch.setattr(negatives, name, value)
    folds = negatives.shop_folds(raw, light)
    monkeypatch.setattr(negatives.movielens, "folds", lambda *_: folds)
    out = tmp_path / "out.md"
    negatives.main([str(raw), "--params", str(light), "--out", str(out)])
    text = out.read_text()
    assert "## Shop `tiny`" in text and "## MovieLens 100K" in text
    assert "learning rate 0.05, regularization 0.01; means over 1 seeds." in text
    assert [row[0] for row in rows_of(text)] == ["plain", "dislikes 0.1"] * 2
