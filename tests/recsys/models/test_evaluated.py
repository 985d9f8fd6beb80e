"""Models that do not fit the data, or do not say how they serve, are one line; nothing is
written.
"""

from pathlib import Path

import numpy as np
import polars as pl

from recsys.files.tables import write_table
from recsys.program.errors import DataError
from tests.stages.evaluated_worlds import evaluated_shop, run, save_model
from tests.worlds import complains


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
