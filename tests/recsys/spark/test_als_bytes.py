"""The bytes of a fit by Spark do not hang on who computes."""

from pathlib import Path
from typing import Any

import numpy as np

from recsys.spark.als import EXACT_BLOCKS, SparkFit
from tests.recsys.als.worlds import both
from tests.recsys.spark.engines import needs_spark, one_at_a_time
from tests.recsys.spark.fits import cluster, known, params
from tests.worlds import one_blas_thread

NO_TEXTS = np.zeros((24, 2), np.float32)


def shaky(folder: Path, times: int, **engine: Any) -> set[bytes]:
    """What some fits come to that have hardly a penalty: a last digit that differs soon shows.

    Ratings in another order, more parts of a shuffle or more blocks give other bytes here.
    """
    section = params({"regularization": 1e-4, "factors": 24, "iterations": 12})
    shop = known(2000, share=0.15)
    with cluster(folder, blocks=EXACT_BLOCKS, **engine) as where:
        fit = SparkFit(section, NO_TEXTS, where)
        return {both(fit.fit(shop)) for _ in range(times)}


@needs_spark
@one_at_a_time
def test_the_same_bytes_whoever_computes_and_how_often(tmp_path: Path) -> None:
    found = set()
    for times, master, partitions in (
        (1, "local[1]", 1),
        (2, "local[2]", 7),
        (1, "local-cluster[2,1,1024]", 3),
    ):
        found |= shaky(tmp_path, times, master=master, partitions=partitions)
    assert len(found) == 1


@needs_spark
@one_at_a_time
def test_the_same_bytes_drawn_to_texts_by_one_worker_and_two(tmp_path: Path) -> None:
    vectors = np.random.default_rng(1).normal(size=(24, 3)).astype(np.float32)
    section, found = params({"texts": 20.0}), set()
    for workers in (1, 2):
        master = f"local-cluster[{workers},1,1024]"
        where = cluster(tmp_path, master=master, blocks=EXACT_BLOCKS)
        with one_blas_thread(), where as one:
            found.add(both(SparkFit(section, vectors, one).fit(known())))
    assert len(found) == 1


@needs_spark
@one_at_a_time
def test_another_seed_gives_other_factors(tmp_path: Path) -> None:
    with cluster(tmp_path, blocks=1) as where:
        one, other = (
            SparkFit(params(seed=seed), NO_TEXTS, where).fit(known()) for seed in (1, 2)
        )
    assert both(one) != both(other)
