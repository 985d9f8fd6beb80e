"""Training curves as one table: every row has the same columns, whatever a model reports."""

import json
from pathlib import Path
from typing import Any

import pytest

from recsys.models.curves import curves_csv
from recsys.program.errors import DataError


def folder(place: Path, name: str, curve: Any) -> Path:
    (place / name).mkdir(exist_ok=True)
    (place / name / "curve.json").write_text(json.dumps(curve))
    return place / name


def test_rows_with_differing_keys_become_rows_with_the_same(tmp_path: Path) -> None:
    als = folder(tmp_path, "als", [{"iteration": 1, "loss": 9.5}])
    bpr = folder(
        tmp_path,
        "bpr",
        [
            {"epoch": 1, "fold_auc": 0.5, "train_auc": 0.6},
            {"epoch": 2, "fold_auc": 0.7},
        ],
    )
    assert curves_csv({"als": als, "bpr": bpr}).splitlines() == [
        "curve,step,value",
        "als loss,1,9.5",
        "bpr fold_auc,1,0.5",
        "bpr fold_auc,2,0.7",
        "bpr train_auc,1,0.6",
    ]


def test_no_points_no_lines(tmp_path: Path) -> None:
    assert curves_csv({"als": folder(tmp_path, "als", [])}) == "curve,step,value\n"


@pytest.mark.parametrize("curve", [7, [7], {"loss": 1}])
def test_what_is_no_curve_is_refused(tmp_path: Path, curve: Any) -> None:
    with pytest.raises(DataError, match=r"curve\.json: no training curve"):
        curves_csv({"als": folder(tmp_path, "als", curve)})
