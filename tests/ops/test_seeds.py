"""Trainings with several seeds: each is what the stages would give."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_matrix

from ops import seeds
from recsys.files.tables import write_table
from recsys.models import blend_verdict, model_folder
from recsys.models.blend_verdict import Verdict
from recsys.program.errors import ConfigError
from recsys.ranking import evaluation_file
from recsys.reports import seeds as record
from stages import evaluate, train_als, train_bpr
from tests.worlds import Shop, one_blas_thread, processed_shop

USERS, ITEMS = 200, 40
SMALL = {"factors": 4, "search": "off", "cold_start": "off"}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    rng = np.random.default_rng(0)
    liked = (rng.random((USERS, ITEMS)) < 0.1).astype(np.float32)
    made = processed_shop(tmp_path, csr_matrix(liked))
    test = pl.DataFrame(
        {"user_index": range(USERS), "item_index": rng.integers(0, ITEMS, USERS)}
    ).cast(pl.Int32)
    write_table(test, made.processed / "test.parquet")
    als = {**SMALL, "iterations": 3, "feature_prior": False}
    bpr = {**SMALL, "epochs": 4, "loss": "bpr"}
    made.configure(
        train_als=als, train_bpr=bpr, evaluate={"bootstrap_samples": 100, "users": 150}
    )
    return made


def run(shop: Shop, **options: object) -> list[record.Fit]:
    folder = shop.folder
    with one_blas_thread():
        seeds.main(
            seeds=2, params=shop.params, data=folder / "data", state=folder, **options
        )
    return record.read(folder / record.FILE)


def stages_say(shop: Shop, seed: int) -> dict[str, dict[str, float]]:
    """What the stages make of the same seed."""
    for section in ("train_als", "train_bpr"):
        tree = json.loads(shop.params.read_text())
        tree[section]["seed"] = seed
        shop.params.write_text(json.dumps(tree))
    folder, models = shop.folder, shop.folder / "models"
    odd = folder / "odd.json"
    odd.write_text("{}")
    with one_blas_thread():
        for stage, name in ((train_als, "als"), (train_bpr, "bpr")):
            stage.main(
                *(shop.processed, shop.embeddings, folder / "mlruns", models / name),
                shop.params,
            )
        model_folder.save_none(models / "blend", "it is not asked for here")
        none = Verdict(offered=False, why="it is not asked for here")
        blend_verdict.write(folder / "blend.json", none)
        evaluate.main(
            *(shop.processed, models / "als", models / "bpr", models / "blend"),
            *(shop.embeddings, folder / "evaluate.json", folder / "models.d"),
            *(folder / "ranking.csv", folder / "training.csv"),
            *(folder / "users.parquet", folder / "breakdown.json", odd),
            *(folder / "blend.json", folder / "page.html"),
            shop.params,
        )
    return evaluation_file.read(folder / "evaluate.json").models


def test_each_seed_is_what_the_stages_would_give(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    fits = run(shop)
    assert [(fit.model, fit.seed) for fit in fits] == [
        (name, seed) for name in ("als", "bpr") for seed in (0, 1)
    ]
    told = capsys.readouterr().out.splitlines()
    assert told[0].split()[:3] == ["MODEL", "METRIC", "SEEDS"] and len(told) == 5
    wanted = stages_say(shop, 1)
    for fit in fits:
        for metric, value in fit.metrics.items():
            if fit.seed == 1:
                assert value == pytest.approx(wanted[fit.model][metric], abs=1e-6)


def test_one_model_alone_for_programs(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert {fit.model for fit in run(shop, model="bpr", as_json=True)} == {"bpr"}
    first = json.loads(capsys.readouterr().out)[0]
    assert (first["model"], first["fits"]) == ("bpr", 2)
    assert first["low"] <= first["mean"] <= first["high"]


def test_an_unknown_model_is_refused_and_nothing_is_written(shop: Shop) -> None:
    with pytest.raises(ConfigError, match="als, bpr or both"):
        run(shop, model="svd")
    assert not (shop.folder / record.FILE).exists()


def test_where_spark_fits_als_nothing_is_said_of_another_solver(shop: Shop) -> None:
    shop.configure(engine={"name": "spark"})
    with pytest.raises(ConfigError, match="seeds fits als on this machine"):
        run(shop)
    assert {one.model for one in run(shop, model="bpr")} == {"bpr"}
