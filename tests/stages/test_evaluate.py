"""The evaluation of small models by hand: metrics, intervals, the best one, and the files."""

import json
from pathlib import Path

import numpy as np
import pytest

from recsys.dataset.embeddings import Embeddings
from recsys.dataset.folder import Ids
from recsys.files.atomic import read_json, write_json
from recsys.files.tables import read_table
from recsys.models import blend_verdict
from recsys.models.blend_verdict import Verdict
from recsys.program.errors import ConfigError, DataError
from stages import evaluate
from tests.recsys.models.test_blend_verdict import FIGURES
from tests.stages.evaluated_worlds import (
    ITEMS,
    PARAMS,
    TEST,
    USERS,
    evaluated_shop,
    run,
    save_model,
)
from tests.worlds import complains, snapshot

ALL = {"als", "bpr", "als_factors", "bpr_factors", "popularity", "random", "content"}


def test_a_small_world_by_hand(tmp_path: Path) -> None:
    found = run(evaluated_shop(tmp_path))
    assert (found["best"], found["primary"], found["test_users"]) == (
        "als",
        "recall_at_1",
        4,
    )
    models = found["models"]
    assert set(models) == ALL
    als = models["als"]
    assert als["recall_at_1"] == als["ndcg_at_2"] == als["mrr_at_1"] == 1
    assert als["precision_at_2"] == 0.5
    assert als["coverage_at_1"] == 4 / 5
    assert (als["recall_at_1_low"], als["recall_at_1_high"]) == (1, 1)
    assert models["bpr"]["recall_at_1"] == 0
    # without weights the hybrid score is that of the factors
    assert models["als_factors"]["recall_at_1"] == 1
    # popularity counts p0 3, p1 2, and the first of p2, p3, p4 for u0, who has seen both
    assert models["popularity"]["recall_at_1"] == 0.75
    assert (
        als["recall_at_1_over_popularity"] == als["ndcg_at_1_over_popularity"] == 0.25
    )
    assert "recall_at_1_over_popularity" not in models["popularity"]
    assert 0 <= als["newcomer_recall_at_1_low"] <= als["newcomer_recall_at_1"] <= 1


def test_the_files_for_people_say_the_same(tmp_path: Path) -> None:
    models = run(evaluated_shop(tmp_path))["models"]
    assert json.loads((tmp_path / "metrics/models/als.json").read_text()) == {
        "recall_at_1": 1,
        "recall_at_1_low": 1,
        "recall_at_1_high": 1,
        "ndcg_at_1": 1,
        "coverage_at_1": 0.8,
    }
    plot = (tmp_path / "plots/ranking.csv").read_text().splitlines()
    assert plot[:3] == [
        "model,k,recall,precision,hit_rate,ndcg,map,mrr,coverage",
        "als,1,1.0,1.0,1.0,1.0,1.0,1.0,0.8",
        f"als,2,1.0,0.5,1.0,1.0,1.0,1.0,{models['als']['coverage_at_2']}",
    ]
    assert len(plot) == 1 + 7 * 2
    curves = (tmp_path / "plots/training.csv").read_text().splitlines()
    assert curves == ["curve,step,value", "als loss,1,0.5", "bpr loss,1,0.5"]


def test_what_is_odd_with_the_data_stands_on_the_page(tmp_path: Path) -> None:
    shop = evaluated_shop(tmp_path)
    run(shop)
    page = tmp_path / "reports/evaluation.html"
    assert "Nothing is over its bound" in page.read_text(encoding="utf-8")
    write_json(tmp_path / "odd.json", {"one_text": 0.9})
    run(shop)
    assert "<dt>one text</dt><dd>90.0 %</dd>" in page.read_text(encoding="utf-8")


def test_the_values_of_each_user_stand_beside_the_means(tmp_path: Path) -> None:
    models = run(evaluated_shop(tmp_path))["models"]
    table = read_table(tmp_path / "per_user.parquet")
    assert table["user_id"].to_list() == ["u0", "u1", "u2", "u3"]
    metrics = ("recall_at_1", "ndcg_at_1")
    wanted = {f"{name}.{metric}" for name in ALL for metric in metrics}
    assert set(table.columns) == {"user_id"} | wanted
    for name in ALL:
        mean = table[f"{name}.recall_at_1"].mean()
        assert mean == pytest.approx(models[name]["recall_at_1"])


def test_more_test_users_than_wanted_are_sampled_and_that_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "evaluate")
    found = run(evaluated_shop(tmp_path, users=2))
    assert (found["test_users"], found["test_users_in_all"]) == (2, 4)
    assert "2 of 4 test users are measured" in caplog.text
    table = read_table(tmp_path / "per_user.parquet")
    assert table["user_id"].to_list() == ["u0", "u2"]


def test_twice_gives_the_same_bytes_and_nothing_but_metrics_and_plots(
    tmp_path: Path,
) -> None:
    shop = evaluated_shop(tmp_path)
    before = snapshot(tmp_path)
    run(shop)
    written = snapshot(tmp_path)
    every = {*ALL, "blend", "blend_factors"}
    names = {f"metrics/models/{name}.json" for name in every}
    assert written.keys() - before.keys() == names | {
        "metrics/evaluate.json",
        "plots/ranking.csv",
        "plots/training.csv",
        "per_user.parquet",
        "metrics/breakdown.json",
        "reports/evaluation.html",
    }
    run(shop)
    assert snapshot(tmp_path) == written


def test_a_line_a_model_is_logged_the_best_first(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "evaluate")
    run(evaluated_shop(tmp_path))
    assert len(caplog.messages) == 7
    assert caplog.messages[0] == "als         recall_at_1 1.0000  [1.0000, 1.0000]"
    values = [float(line.split()[2]) for line in caplog.messages]
    assert values == sorted(values, reverse=True)


def test_wrong_params_are_one_line_that_names_the_key_and_nothing_is_written(
    tmp_path: Path,
) -> None:
    shop = evaluated_shop(tmp_path, primary="recall_at_20")
    with complains(ConfigError, "evaluate", "recall_at_20", "[1, 2]"):
        run(shop)
    assert not (tmp_path / "metrics").exists()


@pytest.mark.parametrize(
    "name",
    [
        "data/processed/test.parquet",
        "data/processed/users.parquet",
        "data/processed/X_train_binary.npz",
        "data/processed/X_hard_negatives.npz",
        "data/processed/X_train_confidence.npz",
        "data/processed/X_train_ages.npz",
        "data/processed/validation.parquet",
        "models/als/factors.npz",
        "models/bpr/manifest.json",
        "items.npz",
    ],
)
@pytest.mark.parametrize("content", [None, b"torn"])
def test_a_missing_or_torn_input_is_one_line_that_names_it_and_nothing_is_written(
    tmp_path: Path, name: str, content: bytes | None
) -> None:
    shop = evaluated_shop(tmp_path)
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with complains(DataError, tmp_path / name, "dvc repro"):
        run(shop)
    assert not (tmp_path / "metrics").exists()


def test_the_weights_of_the_hybrid_score_are_those_of_the_models_params(
    tmp_path: Path,
) -> None:
    shop = evaluated_shop(tmp_path)
    last_first = np.tile(np.arange(5), (4, 1))
    save_model(shop, "bpr", last_first, hybrid={"content": 0.0, "popularity": 100.0})
    ids = Ids(USERS, ITEMS)
    items = Embeddings(np.eye(5, dtype=np.float32), "by hand")
    folder = shop.folder / "models/bpr"
    models = {"bpr": evaluate.read_model(folder, ids, items, shop.folder / "items.npz")}
    data = evaluate.read_dataset(shop.processed, ids, items.vectors)
    rows = evaluate.measure(models, data, PARAMS).rows
    assert rows["bpr"]["recall_at_1"] == rows["popularity"]["recall_at_1"] == 0.75
    assert rows["bpr_factors"]["recall_at_1"] == 0.25  # p4 for everybody


def test_cold_items_in_the_list_as_served(tmp_path: Path) -> None:
    """Two of the four test items, p2 and p4, are cold at a threshold of 1."""
    models = run(evaluated_shop(tmp_path))["models"]
    assert models["als"]["cold_item_recall_at_1"] == 1
    assert models["als"]["cold_item_users"] == 2
    assert models["als"]["cold_item_share_at_1"] > 0
    assert models["bpr"]["cold_item_recall_at_1"] == 0


def test_the_breakdown_and_the_page_say_the_same(tmp_path: Path) -> None:
    """One user has 2 positives. The test items p2 and p4 have none, p1 has 2, p0 3."""
    run(evaluated_shop(tmp_path, newcomers=3))
    found = json.loads((tmp_path / "metrics/breakdown.json").read_text())
    by_history = {group["name"]: group for group in found["history"]}
    assert {name: group["users"] for name, group in by_history.items()} == {
        "1 positive": 3,
        "2 positives": 1,
    }
    assert by_history["2 positives"]["rankers"]["popularity"]["recall_at_1"] == 0
    assert by_history["1 positive"]["rankers"]["popularity"]["recall_at_1"] == 1
    assert [group["users"] for group in found["cold"]] == [2, 2]
    assert sum(group["users"] for group in found["popularity"]) == 4
    assert list(found["lists"]) == ["als", "bpr", "popularity"]
    assert found["lists"]["als"]["users"] == 3
    page = (tmp_path / "reports/evaluation.html").read_text()
    assert "Each of 4 test users" in page and "als-" in page
    assert "2 positives</th><td" in page


def test_a_blend_is_measured_where_it_is_offered_and_is_the_best(
    tmp_path: Path,
) -> None:
    shop = evaluated_shop(tmp_path)
    without = run(shop)
    assert (without["best"], without["blend"]) == ("als", {})
    assert read_json(tmp_path / "metrics/models/blend.json") == {}
    perfect = np.zeros((4, 5))
    perfect[tuple(zip(*TEST, strict=True))] = 1
    save_model(shop, "blend", perfect)
    verdict = Verdict(offered=True, why="it leads", figures=FIGURES)
    blend_verdict.write(tmp_path / "blend.json", verdict)
    found = run(shop)
    assert set(found["models"]) == {*ALL, "blend", "blend_factors"}
    assert found["best"] == "blend"
    assert found["models"]["blend"]["recall_at_1"] == 1
    assert found["blend"] == verdict.in_short()
    row = read_json(tmp_path / "metrics/models/blend.json")
    assert row["recall_at_1"] == 1
    page = (tmp_path / "reports/evaluation.html").read_text()
    assert "Offered: it leads" in page
    curves = (tmp_path / "plots/training.csv").read_text()
    assert "blend loss" in curves
