"""The whole graph on a shop of 30 users: the real dvc, MLflow and runner in a scratch folder."""

import json
import shutil
import sys
from pathlib import Path

import polars as pl
import pytest
from ruamel.yaml import YAML

from bench.house.imports import ROOT
from bench.shop import generate
from tests import comments
from tests.light import blocked
from tests.running_service import running
from tests.whole_project import (
    change_params,
    copy_code,
    production,
    ran,
    repro,
    run,
    runner,
    stage_anyway,
)

pytestmark = pytest.mark.xdist_group("end_to_end")


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    """A project with a small shop, after its first `dvc repro`, which had neither torch nor
    transformers (`make repro LIGHT=1`).

    Every test of this file can be the first.
    """
    folder = tmp_path_factory.mktemp("shop")
    light = blocked(tmp_path_factory.mktemp("light"))
    copy_code(folder)
    sizes = ["--users", "30", "--products", "20"]
    assert generate.main([str(folder / "data" / "raw"), *sizes]) == 0
    done = repro(folder, **light)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_row_is_accounted_for(shop):
    merged = json.loads((shop / "metrics" / "merge.json").read_text())
    reviews = shop / "data" / "raw" / "data_reviews_purchase.csv"
    lines = reviews.read_text().count("\n")
    parts = merged["accepted"], merged["duplicates"], merged["quarantined"]
    assert merged["read"] == sum(parts)
    assert 0 < merged["read"] <= lines - 1  # a comment may hold a newline
    assert merged["quarantined"] > 0


def test_the_report_names_all_models(shop):
    report = json.loads((shop / "metrics" / "evaluate.json").read_text())
    verdict = json.loads((shop / "metrics" / "blend.json").read_text())
    names = ["als", "bpr", *(["blend"] if verdict["offered"] else [])]
    models = {*names, *(f"{name}_factors" for name in names)}
    assert set(report["models"]) == models | {"popularity", "random", "content"}
    assert report["best"] in names
    for row in report["models"].values():
        low, high = row["recall_at_10_low"], row["recall_at_10_high"]
        assert low <= row["recall_at_10"] <= high


def test_a_second_run_reruns_nothing(shop):
    assert ran(repro(shop)) == []


def test_forced_twice_in_another_environment_gives_the_same_lock(shop):
    first = (shop / "dvc.lock").read_bytes()
    done = repro(
        shop,
        "--force",
        PYTHONHASHSEED="7",
        TZ="America/New_York",
        LANG="C",
        LC_ALL="C",
        OMP_NUM_THREADS="1",
        OPENBLAS_NUM_THREADS="2",
        POLARS_MAX_THREADS="1",
    )
    assert len(ran(done)) == 9, done.stdout + done.stderr
    assert (shop / "dvc.lock").read_bytes() == first


def test_a_changed_factor_reruns_als_and_what_follows_only(shop):
    change_params(shop, "train_als", factors=16)
    done = repro(shop)
    wanted = ["train_als", "blend", "evaluate", "publish"]
    assert ran(done) == wanted, done.stdout + done.stderr


def test_promote_train_promote_roll_back(shop):
    models = []
    for factors in (8, 12):
        change_params(shop, "train_als", factors=factors, regularization=1.0)
        change_params(shop, "train_bpr", factors=factors)
        assert repro(shop).returncode == 0
        models.append(stage_anyway(shop))
        held = runner(shop, "promote")
        assert held.returncode == 4, held.stdout + held.stderr
        assert "test users; nothing is compared below 20" in held.stdout
        done = runner(shop, "promote", "--approve", "a shop of few users")
        assert done.returncode == 0, done.stdout + done.stderr
        assert production(shop) == [models[-1]]
    assert models[0] != models[1]
    done = runner(shop, "rollback")
    assert done.returncode == 0, done.stdout + done.stderr
    assert production(shop) == [models[0]]
    status = json.loads(runner(shop, "status", "--json").stdout)
    assert status["production"]["model_id"] == models[0]
    # Nothing was in production before the first.
    assert runner(shop, "rollback").returncode == 4


def test_a_drop_is_merged_once(shop):
    before = json.loads((shop / "metrics" / "merge.json").read_text())
    reviews = (shop / "data" / "raw" / "data_product.csv").read_text().splitlines()
    product = reviews[1].split(",")[0]
    drop = shop / "data" / "staging" / "new_interactions.csv"
    drop.write_text(
        "user_id,product_id,rating,comment,timestamp\n"
        f"new user,{product},5,tốt,2026-10-30T10:00:00+07:00\n"
        f"new user,{product},nine,,2026-10-30T10:00:00+07:00\n"
    )
    done = runner(shop, "run", "refresh")
    assert done.returncode == 0, done.stdout + done.stderr
    after = json.loads((shop / "metrics" / "merge.json").read_text())
    assert not drop.exists()
    assert after["read"] == before["read"] + 2
    assert after["accepted"] == before["accepted"] + 1
    assert after["quarantined"] == before["quarantined"] + 1
    assert ran(repro(shop, "process")) == []
    # the same content again is recognised, and adds nothing
    counted = (shop / "metrics" / "merge.json").read_bytes()
    batch = next((shop / "data" / "batches").glob("*.csv"))
    shutil.copyfile(batch, shop / "data" / "staging" / "again.csv")
    assert repro(shop, "process").returncode == 0
    assert (shop / "metrics" / "merge.json").read_bytes() == counted


def test_bad_input_is_one_message_and_nothing_is_overwritten(shop):
    path = shop / "data" / "raw" / "data_product.csv"
    products = shop / "data" / "merged" / "products.parquet"
    kept, merged = path.read_bytes(), products.read_bytes()
    path.unlink()
    done = runner(shop, "repro")
    path.write_bytes(kept)
    output = done.stdout + done.stderr
    assert done.returncode == 3
    assert "data_product.csv" in output and "Traceback" not in output
    assert products.read_bytes() == merged


def test_an_unknown_key_stops_before_anything_runs(shop):
    kept = (shop / "params.yaml").read_bytes()
    change_params(shop, "train_als", factor=3)
    done = runner(shop, "repro")
    (shop / "params.yaml").write_bytes(kept)
    assert done.returncode == 2
    assert "train_als.factor" in done.stderr and "did you mean factors?" in done.stderr
    assert ran(done) == []


# ---- without torch and transformers ----
@pytest.mark.parametrize(
    ("section", "values", "key"),
    [
        ("embed", {"encoder": "transformer"}, "embed.encoder"),
        ("process", {"quality": "transformer"}, "process.quality.scorer"),
    ],
)
def test_what_needs_them_says_how_to_get_them_before_anything_runs(
    shop, tmp_path, section, values, key
):
    kept = (shop / "params.yaml").read_bytes()
    if "quality" in values:
        known = YAML(typ="safe").load(kept)["process"]["quality"]
        values = {"quality": {**known, "scorer": "transformer"}}
    change_params(shop, section, **values)
    done = run(shop, sys.executable, "runner.py", "repro", **blocked(tmp_path))
    code = f"stages.{section} data/merged/products.parquet data/cache/x data/cache/y"
    if section == "embed":
        alone = run(shop, sys.executable, "-m", *code.split(), **blocked(tmp_path))
        assert (alone.returncode, "make venv LIGHT=0" in alone.stderr) == (2, True)
    (shop / "params.yaml").write_bytes(kept)
    assert (done.returncode, ran(done)) == (2, [])
    assert f"error: params.yaml: {key}: transformer needs torch and" in done.stderr
    assert "run `make venv LIGHT=0`" in done.stderr


# ---- what customers wrote ----
def in_production(folder: Path) -> None:
    if not production(folder):
        stage_anyway(folder)
        done = runner(folder, "promote", "--approve", "a shop of few users")
        assert done.returncode == 0, done.stdout + done.stderr


def test_no_comment_is_in_what_is_shown_and_git_takes_no_file_of_the_shop(shop):
    in_production(shop)
    written = comments.of_reviews(shop / "data/raw/data_reviews_purchase.csv")
    assert len(written) > 20
    assert comments.holding((shop / "data/merged").iterdir(), written)
    shown = [
        path
        for name in ("metrics", "models", "mlruns", "plots", "releases", "reports")
        for path in (shop / name).rglob("*")
        if path.is_file()
    ]
    assert comments.holding(shown, written) == []
    shutil.copyfile(ROOT / ".gitignore", shop / ".gitignore")
    listed = run(shop, "git", "ls-files", "-co", "--exclude-standard").stdout
    taken = listed.splitlines()
    assert "metrics/merge.json" in taken
    assert not [name for name in taken if name.startswith("data/")]
    assert comments.holding((shop / name for name in taken), written) == []


def test_the_service_says_no_comment(shop):
    in_production(shop)
    written = comments.of_reviews(shop / "data/raw/data_reviews_purchase.csv")
    users = pl.read_parquet(shop / "data/processed/users.parquet")["user_id"][:9]
    items = pl.read_parquet(shop / "data/processed/items.parquet")["product_id"][:5]
    paths = [*(f"/recommend/{user}" for user in users), "/openapi.json", "/metrics"]
    with running(shop) as service:
        answers = [
            service.get(path)
            for path in [*paths, *(f"/similar/{one}" for one in items)]
        ]
    assert all(answers)  # of status 200
    assert not [one for one in written if any(one in said.text for said in answers)]
