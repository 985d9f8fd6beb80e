"""The lists of all users of a release, made on Spark's executors by the code that serves.

Users are cut into runs of rows, a task a run. A Python worker opens the release once, from a folder
that it must see, and makes the lists of its run as one machine does: a list does not hang on who
else is asked for, so the scores are the same to the last bit. Each task writes a file of its own;
they are read back in the order of the users, one block at a time.
"""

import os
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from recsys.program import determinism
from recsys.ranking.top_k import batches
from recsys.serving import release
from recsys.serving.recommender import Recommender
from recsys.spark import session
from recsys.spark.params import Params

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LISTS = "lists"
RELEASES = "releases"
# users, their items (n, k) and scores (n, k), the products' ids, the model's -> the rows of a table
Block = Callable[[list[str | None], np.ndarray, np.ndarray, pa.Array, str], pa.Table]


@dataclass(frozen=True)
class Task:
    """What every task does."""

    releases: str  # the folder of the release's folder
    model_id: str
    hidden: tuple[str, ...]  # products that are not to be shown
    k: int
    block: Block


def tables(
    recommender: Recommender,
    k: int,
    block: Block,
    schema: pa.Schema,
    engine: Params,
    scratch: Path,
) -> Generator[pa.Table, None, None]:
    """Tables of this schema, the lists of all users of the release in their order.

    `block` must be a function that workers can import; they must see `scratch`, and the release's
    own folder if it was published. StoreError and ConfigError as `session.opened` has them.
    """
    found, catalogue = recommender.release, recommender.catalogue
    names = np.array(catalogue.ids, dtype=object)[catalogue.hidden].tolist()
    with session.opened(alike(engine), "export", scratch) as spark:
        folder = found.folder.resolve()
        if not (folder / release.ABOUT).is_file():  # it was made in memory
            folder = release.keep(scratch.resolve() / RELEASES, found)
        task = Task(
            str(folder.parent),
            found.model_id,
            tuple(names),
            min(k, len(catalogue)),
            block,
        )
        written = scratch.resolve() / LISTS
        _write(spark, task, len(found.users), engine.partitions, schema, written)
        for path in sorted(written.glob("part-*.parquet")):
            with parquet.ParquetFile(path) as file:
                for batch in file.iter_batches():
                    yield pa.Table.from_batches([batch]).cast(schema)


def alike(engine: Params) -> Params:
    """The engine whose Python workers compute as this program does (recsys/program/determinism.py),
    a thread each: there are as many of them as cores.
    """
    names = {f"{library}_NUM_THREADS" for library in determinism.LIBRARIES}
    names |= {"OMP_WAIT_POLICY", *determinism.ON_AVX2}
    values = {name: os.environ[name] for name in names & os.environ.keys()}
    values |= {"NUMBA_NUM_THREADS": "1"}
    own = {f"spark.executorEnv.{name}": value for name, value in sorted(values.items())}
    return engine.model_copy(update={"settings": own | engine.settings})


def _write(
    spark: "SparkSession",
    task: Task,
    users: int,
    parts: int,
    schema: pa.Schema,
    out: Path,
) -> None:
    """Files of rows in `out`, by name in the order of the users."""
    from pyspark.sql.pandas.types import from_arrow_schema

    def lists(rows: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return made(task, rows)

    frame = spark.range(0, users, 1, parts).mapInArrow(lists, from_arrow_schema(schema))
    frame.write.parquet(str(out))


def made(task: Task, rows: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The lists of the users at the rows in the first column of each batch."""
    recommender = opened(task.releases, task.model_id, task.hidden)
    users, catalogue = recommender.release.users, recommender.catalogue
    products = pa.array(catalogue.ids, pa.string())
    for batch in rows:
        for some in batches(batch.column(0).to_numpy(), len(catalogue)):
            items, scores = recommender.lists(some, task.k)
            names: list[str | None] = [users.text(user) for user in some.tolist()]
            table = task.block(names, items, scores, products, task.model_id)
            yield from table.to_batches()


@lru_cache(maxsize=1)  # a worker has many tasks of one release
def opened(releases: str, model_id: str, hidden: tuple[str, ...]) -> Recommender:
    """What answers by the release of this folder, without the products that are hidden."""
    recommender = Recommender(release.load(Path(releases), model_id))
    recommender.catalogue.hide(hidden)
    return recommender
