"""The blend of two trained models: made where it leads, said why where not, the same bytes."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bench.house.imports import ROOT
from recsys.blend import judge
from recsys.files.atomic import read_json
from recsys.models import blend_verdict, fold_rows, manifest, model_folder
from recsys.models.blend_verdict import Verdict
from recsys.models.offered import is_offered
from recsys.program.errors import DataError
from recsys.ranking.hybrid import z_scores
from stages import blend, train_als, train_bpr
from tests.worlds import (
    Shop,
    complains,
    one_blas_thread,
    processed_shop,
    snapshot,
)

ALS = {"factors": 6, "iterations": 6, "search": "weights", "cold_start": "off"}
BPR = {
    "loss": "bpr",
    "factors": 5,
    "learning_rate": 0.1,
    "regularization": 0.001,
    "epochs": 20,
    "cold_start": "off",
}


def shop_of(folder: Path, **section: Any) -> Shop:
    """Users of two kinds, each with some items of their kind."""
    rng = np.random.default_rng(0)
    likes = np.zeros((120, 40), np.float32)
    for user in range(120):
        likes[user, 2 * rng.permutation(20)[:6] + user % 2] = 1
    shop = processed_shop(folder, csr_matrix(likes))
    shop.configure(train_als=ALS, train_bpr=BPR, blend=section)
    return shop


def trained(shop: Shop) -> None:
    for stage, name in ((train_als, "als"), (train_bpr, "bpr")):
        out = shop.folder / "models" / name
        with one_blas_thread():
            stage.main(
                shop.processed,
                shop.embeddings,
                shop.folder / "mlruns",
                out,
                shop.params,
            )


def run(shop: Shop) -> Verdict:
    folder = shop.folder
    with one_blas_thread():
        blend.main(
            *(shop.processed, shop.embeddings, folder / "models/als"),
            *(folder / "models/bpr", folder / "models/blend"),
            folder / "metrics/blend.json",
            shop.params,
        )
    return blend_verdict.read(folder / "metrics/blend.json")


def always(*_: object) -> tuple[bool, str, list[Any]]:
    return True, "as it is asked for here", []


def test_what_is_offered_scores_as_both_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge, "_decided", always)
    shop = shop_of(tmp_path, shares=[0.75])
    trained(shop)
    verdict = run(shop)
    folder = shop.folder / "models/blend"
    assert verdict.offered and is_offered(folder)
    found = model_folder.load(folder)
    als, bpr = (
        model_folder.load(shop.folder / "models" / name).factors
        for name in ("als", "bpr")
    )
    users = np.arange(120)
    wanted = 0.75 * z_scores(als.score(users)) + 0.25 * z_scores(bpr.score(users))
    scores = found.factors.score(users)
    assert z_scores(scores) == pytest.approx(z_scores(wanted), abs=1e-4)
    assert found.manifest.model_id.startswith("blend-")
    assert found.factors.last_is_bias
    assert verdict.figures is not None
    assert found.served_weights.model_dump() == verdict.figures.hybrid
    params = found.manifest.params
    assert params["als"] == manifest.read(shop.folder / "models/als").model_id
    assert found.manifest.inputs == manifest.read(shop.folder / "models/als").inputs


def test_a_user_who_comes_back_is_folded_in_near_to_where_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge, "_decided", always)
    shop = shop_of(tmp_path, shares=[0.5])
    trained(shop)
    run(shop)
    model = model_folder.load(shop.folder / "models/blend").factors
    liked = blend.read_inputs(shop.processed, shop.embeddings).known.confidence
    folded = model.fold_in(liked, csr_matrix(liked.shape, dtype=np.float32))
    theirs, ours = model.score(np.arange(120)), model.score_of(folded)
    likeness = [np.corrcoef(a, b)[0, 1] for a, b in zip(theirs, ours, strict=True)]
    assert np.median(likeness) > 0.9


def test_where_it_does_not_lead_there_is_no_model_and_the_file_says_why(
    tmp_path: Path,
) -> None:
    shop = shop_of(tmp_path, mode="off")
    trained(shop)
    verdict = run(shop)
    folder = shop.folder / "models/blend"
    assert (verdict.offered, verdict.why) == (False, "blend.mode is off")
    assert not is_offered(folder)
    assert set(snapshot(folder)) == set(manifest.FILES)
    with complains(DataError, folder):
        model_folder.load(folder)
    assert read_json(shop.folder / "metrics/blend.json") == {
        "offered": False,
        "why": "blend.mode is off",
    }


def test_without_a_fit_on_the_fold_nothing_is_judged(tmp_path: Path) -> None:
    shop = shop_of(tmp_path)
    shop.configure(
        train_als={**ALS, "search": "off"}, train_bpr=BPR, blend={"shares": [0.5]}
    )
    trained(shop)
    verdict = run(shop)
    assert not verdict.offered and verdict.figures is None
    assert "search: off" in verdict.why


def test_models_of_other_data_are_refused(tmp_path: Path) -> None:
    shop = shop_of(tmp_path / "a")
    trained(shop)
    table = shop.processed / "validation.parquet"
    (shop.processed / "split.json").write_text('{"split": "global_time"}\n')
    with complains(DataError, shop.folder / "models/als", "dvc repro"):
        run(shop)
    assert table.exists()


def test_a_torn_fit_is_one_line(tmp_path: Path) -> None:
    shop = shop_of(tmp_path)
    trained(shop)
    (shop.folder / "models/bpr" / fold_rows.FILE).write_bytes(b"PK")
    with complains(DataError, "models/bpr/fold.npz", "dvc repro train_bpr"):
        run(shop)


def test_the_same_bytes_for_any_number_of_threads(tmp_path: Path) -> None:
    shop = shop_of(tmp_path)
    trained(shop)
    found = []
    for threads in ("1", "2"):
        out = tmp_path / f"of_{threads}"
        paths = [
            *(shop.processed, shop.embeddings),
            *(shop.folder / "models/als", shop.folder / "models/bpr"),
            *(out, out / "verdict.json", "--params", shop.params),
        ]
        subprocess.run(
            [sys.executable, "-m", "stages.blend", *map(str, paths)],
            cwd=ROOT,
            check=True,
            capture_output=True,
            env={
                **os.environ,
                "NUMBA_NUM_THREADS": threads,
                "OPENBLAS_NUM_THREADS": threads,
                "PYTHONHASHSEED": threads,
            },
        )
        found.append(snapshot(out))
    assert found[0] == found[1]
