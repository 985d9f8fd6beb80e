"""A worker that dies in the middle of a fit: the fit ends with the bytes of an undisturbed one."""

import threading
from pathlib import Path

import numpy as np

from recsys.spark.als import EXACT_BLOCKS, SparkFit
from tests.recsys.als.worlds import both
from tests.recsys.spark.clusters import standalone
from tests.recsys.spark.engines import needs_spark, one_at_a_time
from tests.recsys.spark.fits import cluster, known, params
from tests.waiting import wait_for

NO_TEXTS = np.zeros((24, 2), np.float32)
SECTION = params({"factors": 24, "iterations": 12})
SHOP = (2000, 24, 0.15)


@needs_spark
@one_at_a_time
def test_a_worker_that_dies_in_mid_fit_is_made_up_for(tmp_path: Path) -> None:
    with cluster(tmp_path / "local", blocks=EXACT_BLOCKS) as where:
        expected = both(SparkFit(SECTION, NO_TEXTS, where).fit(known(*SHOP)))
    with (
        standalone(tmp_path / "cluster") as two,
        cluster(tmp_path, blocks=EXACT_BLOCKS, master=two.address) as where,
    ):
        SparkFit(params({"iterations": 1}), NO_TEXTS, where).fit(known())  # it is warm
        wait_for(lambda: two.executors(0) and two.executors(1))
        is_over = threading.Event()
        killed: list[bool] = []

        def kill() -> None:
            killed.append(not is_over.is_set())
            two.kill(0)

        timer = threading.Timer(1.0, kill)
        timer.start()
        found = both(SparkFit(SECTION, NO_TEXTS, where).fit(known(*SHOP)))
        is_over.set()
        timer.join()
        assert killed == [True]  # in the middle of it
    assert found == expected
