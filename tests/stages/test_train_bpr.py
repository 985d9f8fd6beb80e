"""Training BPR reads what process wrote and is the same bytes in any environment."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_matrix, save_npz

from recsys import factors
from recsys.errors import ConfigError, DataError
from recsys.tables import write_table
from stages import train_bpr
from tests.imports import ROOT
from tests.worlds import Shop, complains, even_odd, make_shop, snapshot


def processed_shop(folder: Path, user_items: csr_matrix, **changes: Any) -> Shop:
    """What process would write of a world."""
    shop = make_shop(folder)
    users, items = user_items.shape
    write_table(pl.DataFrame({"user_id": [f"u{user}" for user in range(users)]}), shop.processed / "users.parquet")
    write_table(pl.DataFrame({"product_id": [f"p{item}" for item in range(items)]}), shop.processed / "items.parquet")
    save_npz(shop.processed / "X_train_binary.npz", user_items)
    shop.configure(train_bpr={"factors": 4, "learning_rate": 0.1, "epochs": 150, **changes})
    return shop


def run(shop: Shop) -> Path:
    out = shop.folder / "models/bpr"
    train_bpr.main(shop.processed, out, shop.params)
    return out


def test_the_model_knows_who_likes_what_by_external_ids(tmp_path: Path) -> None:
    out = run(processed_shop(tmp_path, even_odd()))
    model = factors.load(out)
    assert (model.user_ids[0], model.item_ids[-1]) == ("u0", "p9")
    scores = model.score(np.array([0, 1]))
    assert scores[0, ::2].min() > scores[0, 1::2].max()
    assert scores[1, 1::2].min() > scores[1, ::2].max()


def test_the_manifest_names_params_and_inputs(tmp_path: Path) -> None:
    manifest = factors.load_manifest(run(processed_shop(tmp_path, even_odd())))
    assert (manifest["model_type"], manifest["shapes"]) == ("bpr", {"user_factors": [12, 5], "item_factors": [10, 5]})
    assert manifest["params"] == {
        "factors": 4,
        "learning_rate": 0.1,
        "regularization": 0.0001,
        "epochs": 150,
        "seed": 42,
    }
    assert manifest["inputs"].keys() == set(train_bpr.INPUTS)


def test_the_same_bytes_for_any_number_of_threads_and_any_environment(tmp_path: Path) -> None:
    user_items = csr_matrix((np.random.default_rng(0).random((300, 80)) < 0.1).astype(np.float32))
    found = []
    for name, environment in (
        ("a", {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "1"}),
        ("b", {"OMP_NUM_THREADS": "2", "PYTHONHASHSEED": "2"}),
    ):
        shop = processed_shop(tmp_path / name, user_items, epochs=5)
        out = shop.folder / "models/bpr"
        subprocess.run(
            [sys.executable, "-m", "stages.train_bpr", shop.processed, out, "--params", shop.params],
            cwd=ROOT,
            check=True,
            capture_output=True,
            env={**os.environ, **environment},
        )
        found.append(snapshot(out))
    assert found[0] == found[1]


def test_factors_that_are_not_finite_are_one_line_and_the_former_model_stays(tmp_path: Path) -> None:
    shop = processed_shop(tmp_path, even_odd())
    before = snapshot(run(shop))
    shop.configure(train_bpr={"learning_rate": 1e30, "epochs": 20, "factors": 4})
    with complains(ConfigError, "train_bpr.learning_rate"):
        run(shop)
    assert snapshot(shop.folder / "models/bpr") == before


def test_a_missing_matrix_is_one_line_that_names_it(tmp_path: Path) -> None:
    shop = processed_shop(tmp_path, even_odd())
    (shop.processed / "X_train_binary.npz").unlink()
    with complains(DataError, shop.processed / "X_train_binary.npz", "dvc repro"):
        run(shop)


@pytest.mark.parametrize(
    "changes", [{"factors": 0}, {"learning_rate": 0.0}, {"epochs": 0}, {"regularization": -1.0}, {"seed": -1}]
)
def test_wrong_params_are_one_line_that_names_the_key(tmp_path: Path, changes: dict[str, Any]) -> None:
    with complains(ConfigError, f"train_bpr.{next(iter(changes))}"):
        run(processed_shop(tmp_path, even_odd(), **changes))
