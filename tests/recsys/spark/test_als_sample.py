"""On the sample shop a fit by Spark serves as well as our own."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bench.house.imports import ROOT
from recsys.als.model import AlsFit
from recsys.als.params import Params
from recsys.als.presets import PRESETS, changed
from recsys.dataset.training_inputs import read_inputs
from recsys.models.evaluated import Dataset, read_dataset
from recsys.models.model import Trained
from recsys.program.params import load
from recsys.ranking import hybrid
from recsys.ranking.metrics import metrics_at
from recsys.ranking.top_k import by_score
from recsys.ranking.weights import Weights
from recsys.spark.als import EXACT_BLOCKS, SparkFit
from recsys.spark.als_training import presets
from tests.recsys.spark.engines import needs_spark, one_at_a_time
from tests.recsys.spark.fits import cluster
from tests.worlds import one_blas_thread

STAGES = (
    "merge raw staging batches merged metrics/merge.json cache/merge cache/source sample",
    "process merged cache/quality.bin processed",
    "embed merged/products.parquet cache/vectors.db embeddings/items.npz",
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, as process and embed write it."""
    folder = tmp_path_factory.mktemp("shop")
    for name in ("raw", "staging", "batches", "metrics"):
        (folder / name).mkdir()
    (folder / "sample").symlink_to(ROOT / "data/sample")
    (folder / "params.yaml").symlink_to(ROOT / "params.yaml")
    for stage, *paths in map(str.split, STAGES):
        subprocess.run(
            [sys.executable, "-m", f"stages.{stage}", *paths],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            check=True,
            capture_output=True,
        )
    return folder


def recall(trained: Trained, data: Dataset, weights: Weights) -> np.ndarray:
    """recall_at_10 of each test user as the section serves, (users,)."""
    known = data.known
    score = hybrid.scorer(trained.score, known.aged, data.vectors, weights)
    return metrics_at(score, known.seen, data.test, [10], by_score)["recall_at_10"]


@needs_spark
@one_at_a_time
@pytest.mark.parametrize("preset", [None, "texts"])  # the second is what serves here
def test_recall_is_within_the_interval_of_the_difference(
    preset: str | None, shop: Path, tmp_path: Path
) -> None:
    section = spark_section = load(Params, "train_als", ROOT / "params.yaml")
    inputs = read_inputs(shop / "processed", shop / "embeddings/items.npz")
    data = read_dataset(shop / "processed", inputs.ids, inputs.vectors)
    if preset:
        spark_section = changed(section, presets(section, inputs)[preset])
        section = changed(section, PRESETS[preset])
    with one_blas_thread(), cluster(tmp_path, blocks=EXACT_BLOCKS) as where:
        own = AlsFit(section, inputs.vectors).fit(inputs.known)
        by_spark = SparkFit(spark_section, inputs.vectors, where).fit(inputs.known)
    theirs, ours = (recall(one, data, section.hybrid) for one in (by_spark, own))
    change = theirs - ours
    error = change.std(ddof=1) / np.sqrt(len(change))
    print(
        f"recall_at_10 {theirs.mean():.4f} by Spark, {ours.mean():.4f} here, {error:.4f}"
    )
    assert change.mean() > -1.96 * error
