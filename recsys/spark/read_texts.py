"""What an executor does with comments: batches of Arrow in and out; no pyspark here."""

from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl
import pyarrow as pa

from recsys.comments.reading import read_chunk
from recsys.comments.spellings import read_each

SPELT = "at long, text string, hash binary"
READ = "at long, sentiment double, evidence double"


def spelt(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """What spelling gives for batches of at and text."""
    for batch in batches:
        table = read_each(pl.Series(pl.from_arrow(batch.column("text"))))
        hashes = table.select("high", "low").to_numpy().astype("<u8")
        yield pa.RecordBatch.from_pydict(
            {
                "at": batch.column("at"),
                "text": table["text"].to_arrow().cast(pa.string()),
                "hash": pa.array([row.tobytes() for row in hashes], pa.binary()),
            }
        )


def read(sent: Any, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """What reading gives for batches of at, text and fold."""
    how = sent.value
    for batch in batches:
        texts = batch.column("text").to_pylist()
        found = read_chunk(texts, batch.column("fold").to_numpy(), how)
        yield pa.RecordBatch.from_pydict(
            {
                "at": batch.column("at"),
                "sentiment": pa.array(found.sentiment, pa.float64()),
                "evidence": pa.array(found.evidence, pa.float64()),
            }
        )
