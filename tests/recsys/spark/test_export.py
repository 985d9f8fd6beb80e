"""The lists that Spark's executors make are those of one machine, to the last bit."""

import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import compute, parquet

from ops.recommendations import export as local
from ops.recommendations import tables
from recsys.program.errors import StoreError
from recsys.serving import release
from recsys.serving.recommender import Recommender
from recsys.spark import export
from recsys.spark.export import Task, alike, made, opened
from tests.recsys.serving import worlds
from tests.recsys.spark.engines import asked, needs_spark, one_at_a_time, scratch
from tests.worlds import complains, one_blas_thread


def in_memory(folder: Path) -> Recommender:
    """A shop with a hidden product and a place for new ones, whose release stands nowhere."""
    recommender = worlds.with_new_items(folder, 2, 6)
    recommender.catalogue.hide(["p3"])
    return recommender


def by_one_machine(recommender: Recommender, k: int, out: Path) -> pa.Table:
    with one_blas_thread():
        local.export(recommender, k, out)
    return parquet.read_table(out)


def by_spark(
    recommender: Recommender,
    k: int,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    **engine: Any,
) -> pa.Table:
    monkeypatch.setattr(local, "SCRATCH", scratch(folder))
    out = folder / "spark.parquet"
    rows = local.export_by_spark(recommender, k, out, asked(**engine))
    table = parquet.read_table(out)
    assert rows == table.num_rows
    return table


@needs_spark
@one_at_a_time
@pytest.mark.parametrize("master", ["local[2]", "local-cluster[2,1,1024]"])
def test_the_same_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, master: str
) -> None:
    recommender = in_memory(tmp_path)
    if master != "local[2]":  # of a release that was published
        where = release.keep(tmp_path / "releases", recommender.release)
        recommender = Recommender(release.load(where.parent, where.name))
        recommender.catalogue.hide(["p3"])
    here = by_one_machine(recommender, 4, tmp_path / "here.parquet")
    found = by_spark(recommender, 4, tmp_path, monkeypatch, master=master, partitions=4)
    assert found.equals(here)
    assert "p3" not in found["product_id"].to_pylist()
    assert not scratch(tmp_path).exists()


@needs_spark
@one_at_a_time
def test_a_task_that_fails_leaves_the_former_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recommender = in_memory(tmp_path)
    out = tmp_path / "spark.parquet"
    out.write_text("former")
    monkeypatch.setattr(tables, "block", os.fspath)  # of no use to a worker
    with complains(StoreError, "Spark failed"):
        by_spark(recommender, 4, tmp_path, monkeypatch)
    assert out.read_text() == "former"
    assert sorted(path.name for path in tmp_path.glob(".spark*")) == []


def test_a_worker_makes_the_lists_of_its_users(tmp_path: Path) -> None:
    recommender = in_memory(tmp_path)
    where = release.keep(tmp_path / "releases", recommender.release)
    task = Task(str(where.parent), where.name, ("p3",), 4, tables.block)
    rows = [pa.record_batch([pa.array(some)], names=["id"]) for some in ([2, 3], [14])]
    with one_blas_thread():
        found = pa.Table.from_batches(made(task, iter(rows)), tables.SCHEMA)
    here = by_one_machine(recommender, 4, tmp_path / "here.parquet")
    users = ["u2", "u3", recommender.release.users.text(14)]
    mask = compute.is_in(here["user_id"], pa.array(users))
    assert found.equals(here.filter(mask))
    assert opened(*(task.releases, task.model_id, task.hidden)) is opened(
        *(task.releases, task.model_id, task.hidden)
    )


def test_workers_compute_as_this_program_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    found = alike(asked(settings={"spark.executorEnv.NUMBA_NUM_THREADS": "4"})).settings
    assert found["spark.executorEnv.OPENBLAS_NUM_THREADS"] == "1"
    assert found["spark.executorEnv.NUMBA_NUM_THREADS"] == "4"
    assert "spark.executorEnv.MKL_NUM_THREADS" not in found
    assert export.LISTS != export.RELEASES
