"""Training ALS reads what process wrote, is the same bytes in any environment, and names what is torn."""

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
from stages import train_als
from tests.imports import ROOT
from tests.worlds import Shop, complains, even_odd, make_shop, one_blas_thread, snapshot


def processed_shop(folder: Path, user_items: csr_matrix, **changes: Any) -> Shop:
    """What process would write of a world."""
    shop = make_shop(folder)
    users, items = user_items.shape
    write_table(pl.DataFrame({"user_id": [f"u{user}" for user in range(users)]}), shop.processed / "users.parquet")
    write_table(pl.DataFrame({"product_id": [f"p{item}" for item in range(items)]}), shop.processed / "items.parquet")
    save_npz(shop.processed / "X_train_confidence.npz", user_items * 5)
    shop.configure(train_als={"factors": 4, "iterations": 3, **changes})
    return shop


def run(shop: Shop) -> Path:
    out = shop.folder / "models/als"
    with one_blas_thread():
        train_als.main(shop.processed, out, shop.params)
    return out


def test_the_model_knows_who_likes_what_by_external_ids(tmp_path: Path) -> None:
    out = run(processed_shop(tmp_path, even_odd(), factors=2, iterations=15))
    model = factors.load(out)
    assert (model.user_ids[0], model.item_ids[-1]) == ("u0", "p9")
    scores = model.score(np.array([0, 1]))
    assert scores[0, ::2].min() > scores[0, 1::2].max()
    assert scores[1, 1::2].min() > scores[1, ::2].max()
    assert snapshot(out).keys() == set(factors.FILES)


def test_the_manifest_names_params_and_inputs(tmp_path: Path) -> None:
    manifest = factors.load_manifest(run(processed_shop(tmp_path, even_odd())))
    assert (manifest["model_type"], manifest["shapes"]) == ("als", {"user_factors": [12, 4], "item_factors": [10, 4]})
    assert manifest["params"] == {"factors": 4, "regularization": 0.1, "iterations": 3, "alpha": 5.0, "seed": 42}
    assert manifest["inputs"].keys() == set(train_als.INPUTS)


def test_the_same_bytes_for_any_number_of_threads_and_any_environment(tmp_path: Path) -> None:
    user_items = csr_matrix((np.random.default_rng(0).random((300, 80)) < 0.1).astype(np.float32))
    found = []
    for name, environment in (
        ("a", {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "1", "TZ": "Asia/Ho_Chi_Minh"}),
        ("b", {"OMP_NUM_THREADS": "2", "PYTHONHASHSEED": "2", "OPENBLAS_NUM_THREADS": "2"}),
    ):
        shop = processed_shop(tmp_path / name, user_items, factors=32)
        out = shop.folder / "models/als"
        subprocess.run(
            [sys.executable, "-m", "stages.train_als", shop.processed, out, "--params", shop.params],
            cwd=ROOT,
            check=True,
            capture_output=True,
            env={**os.environ, **environment},
        )
        found.append(snapshot(out))
    assert found[0] == found[1]


# numpy forgets to close a file that is no zip
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_wherever_the_matrix_is_torn_it_is_read_or_a_data_error(tmp_path: Path) -> None:
    shop = processed_shop(tmp_path, even_odd(), iterations=1)
    path = shop.processed / "X_train_confidence.npz"
    whole = path.read_bytes()
    torn = [whole[:end] for end in range(0, len(whole), 97)]
    torn += [whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :] for at in range(0, len(whole), 11)]
    for content in torn:
        path.write_bytes(content)
        try:
            run(shop)
        except DataError as error:
            assert str(path) in str(error)


@pytest.mark.parametrize("name", ["X_train_confidence.npz", "users.parquet", "items.parquet"])
def test_a_missing_input_is_one_line_that_names_it_and_the_former_model_stays(tmp_path: Path, name: str) -> None:
    shop = processed_shop(tmp_path, even_odd())
    before = snapshot(run(shop))
    (shop.processed / name).unlink()
    with complains(DataError, shop.processed / name, "dvc repro"):
        run(shop)
    assert snapshot(shop.folder / "models/als") == before


def test_a_matrix_of_other_users_is_one_line(tmp_path: Path) -> None:
    shop = processed_shop(tmp_path, even_odd())
    save_npz(shop.processed / "X_train_confidence.npz", even_odd(users=11))
    with complains(DataError, "X_train_confidence.npz", "(11, 10)", "12 users and 10 items"):
        run(shop)


@pytest.mark.parametrize(
    "changes",
    [{"factors": 0}, {"alpha": 0.0}, {"iterations": 0}, {"regularization": -1.0}, {"seed": -1}, {"factors": "64"}],
)
def test_wrong_params_are_one_line_that_names_the_key(tmp_path: Path, changes: dict[str, Any]) -> None:
    with complains(ConfigError, f"train_als.{next(iter(changes))}"):
        run(processed_shop(tmp_path, even_odd(), **changes))
