"""Comments, spelt and scored by Spark's executors (recsys/comments/reading.py: Reader). The models
that score are learned on the driver, and sent to them; ids, groups and the split stay there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from recsys.comments.reading import LOCAL, How, Reader, Reading
from recsys.spark import session
from recsys.spark.params import Params, engine

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SCRATCH = Path("data/cache/spark/process")
FEWEST = 20_000  # texts that are worth the way to the executors
GROUP = 16_384  # texts that a task reads at once


class SparkReader:
    """See recsys/comments/reading.py: Reader."""

    def __init__(
        self, spark: "SparkSession", params: Params, scratch: Path, fewest: int = FEWEST
    ) -> None:
        self.spark, self.params, self.scratch = spark, params, scratch
        self.fewest = fewest
        self.numbers = 0

    def spelt(self, spellings: pl.Series) -> pl.DataFrame:
        """See `Reader`."""
        if len(spellings) < self.fewest:
            return LOCAL.spelt(spellings)
        from recsys.spark.read_texts import SPELT, spelt  # here: a quarter of a second

        found = self._mapped(spellings, {}, spelt, SPELT)
        hashes = np.frombuffer(b"".join(found["hash"].to_list()), dtype="<u8")
        high, low = hashes.reshape(-1, 2).T
        columns = {"comment": spellings, "text": found["text"]}
        return pl.DataFrame(columns | {"high": high, "low": low})

    def read(self, texts: pl.Series, fold: np.ndarray, how: How) -> Reading:
        """See `Reader`."""
        if len(texts) < self.fewest:
            return LOCAL.read(texts, fold, how)
        from recsys.spark.read_texts import READ, read

        sent = self.spark.sparkContext.broadcast(how)
        found = self._mapped(texts, {"fold": fold}, partial(read, sent), READ)
        sent.destroy()
        return Reading(found["sentiment"].to_numpy(), found["evidence"].to_numpy())

    def _mapped(
        self, texts: pl.Series, more: dict[str, Any], work: Any, schema: str
    ) -> pl.DataFrame:
        """What the work gives for each text, in their order."""
        self.numbers += 1
        given, found = (
            self.scratch / f"{name}-{self.numbers}" for name in ("given", "found")
        )
        columns = {"at": np.arange(len(texts)), "text": texts, **more}
        frame = pl.DataFrame(columns)
        given.mkdir(parents=True)
        for number, begin in enumerate(range(0, len(texts), GROUP)):
            frame[begin : begin + GROUP].write_parquet(given / f"{number:06d}.parquet")
        rows = self.spark.read.parquet(str(given))
        rows.mapInArrow(work, schema).write.parquet(str(found))
        return pl.read_parquet(found / "*.parquet").sort("at")


@contextmanager
def reader_of(params: Path) -> Iterator[Reader]:
    """Who reads, by the section engine of params.yaml, for as long as it is needed."""
    asked = engine(params)
    if not asked.is_spark:
        yield LOCAL
        return
    with session.opened(asked, "process", SCRATCH) as spark:
        yield SparkReader(spark, asked, SCRATCH)
