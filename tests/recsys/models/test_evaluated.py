"""Models that do not fit the data, or do not say how they serve, are one line; nothing is
written. Nobody judges whose test a model has learned from.
"""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_matrix

from recsys.files.atomic import read_json
from recsys.files.tables import write_table
from recsys.models import learned
from recsys.program.errors import DataError
from tests.recsys.models.worlds import with_manifest
from tests.stages.evaluated_worlds import TEST, evaluated_shop, run, save_model
from tests.worlds import Shop, complains


def test_a_model_of_other_embeddings_is_one_line(tmp_path: Path) -> None:
    shop = evaluated_shop(tmp_path)
    save_model(shop, "bpr", np.zeros((4, 5)), embeddings="ab" * 32)
    with complains(DataError, tmp_path / "models/bpr", "other embeddings", "dvc repro"):
        run(shop)


def test_a_model_of_another_space_is_one_line_that_names_both(tmp_path: Path) -> None:
    shop = evaluated_shop(tmp_path)
    save_model(shop, "bpr", np.zeros((4, 5)), space="lexical-64-42 (64)")
    with complains(
        DataError,
        tmp_path / "models/bpr",
        "lexical-64-42 (64)",
        "by hand (5)",
        "dvc repro",
    ):
        run(shop)


def test_a_model_without_weights_is_one_line(tmp_path: Path) -> None:
    shop = evaluated_shop(tmp_path)
    save_model(shop, "als", np.zeros((4, 5)), hybrid={"content": 1.0})
    with complains(
        DataError, tmp_path / "models/als/manifest.json", "hybrid", "dvc repro"
    ):
        run(shop)


def test_a_model_that_says_nothing_of_new_users_is_one_line(tmp_path: Path) -> None:
    shop = evaluated_shop(tmp_path)
    save_model(shop, "bpr", np.zeros((4, 5)), new_user=None)
    with complains(
        DataError, tmp_path / "models/bpr/manifest.json", "new users", "dvc repro"
    ):
        run(shop)


def test_without_a_test_interaction_there_is_nothing_to_measure_by(
    tmp_path: Path,
) -> None:
    shop = evaluated_shop(tmp_path)
    nothing = pl.DataFrame(schema={"user_index": pl.Int32, "item_index": pl.Int32})
    write_table(nothing, shop.processed / "test.parquet")
    with complains(DataError, shop.processed / "test.parquet", "dvc repro process"):
        run(shop)


def test_a_model_of_other_users_is_one_line(tmp_path: Path) -> None:
    shop = evaluated_shop(tmp_path)
    save_model(shop, "bpr", np.zeros((4, 5)), users=["u0", "u1", "u2", "u9"])
    with complains(DataError, tmp_path / "models/bpr", "other users or items"):
        run(shop)


def began_at_another(shop: Shop, pairs: list[tuple[int, int]]) -> None:
    """BPR, which has learned from these pairs of user and item by the model that it began at."""
    folder, cells = shop.folder / "models/bpr", np.zeros((4, 5))
    save_model(shop, "bpr", cells)
    params = read_json(folder / "manifest.json")["params"]
    with_manifest(folder, params={**params, "warm_start": "bpr-0123456789ab"})
    for user, item in pairs:
        cells[user, item] = 1
    learned.write(folder, csr_matrix(cells))


def test_users_whose_test_a_warm_start_has_learned_from_do_not_judge(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    shop = evaluated_shop(tmp_path)
    began_at_another(shop, TEST[:1])
    run(shop)
    found = read_json(shop.folder / "metrics/evaluate.json")
    in_all = len({user for user, _ in TEST})
    assert (found["test_users"], found["test_users_in_all"]) == (in_all - 1, in_all)
    assert f"1 of {in_all} test users" in caplog.text


def test_where_it_has_learned_from_every_test_there_is_nothing_to_measure_by(
    tmp_path: Path,
) -> None:
    shop = evaluated_shop(tmp_path)
    began_at_another(shop, TEST)
    with complains(DataError, "train_bpr.warm_start", "set them to off"):
        run(shop)
