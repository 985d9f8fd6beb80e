"""What an executor does with comments, without Spark."""

from types import SimpleNamespace

import numpy as np
import polars as pl
import pyarrow as pa

from recsys.comments.quality import fold_of
from recsys.comments.reading import LOCAL, How
from recsys.comments.spellings import hashes
from recsys.spark.read_texts import read, spelt
from tests.recsys.comments.learned_models import MODELS, TEXTS

HOW = How(MODELS, 12.0)


def batches(**columns: object) -> list[pa.RecordBatch]:
    """Two batches of the columns, in another order than their numbers."""
    table = pa.table({"at": range(len(TEXTS)), **columns})
    return [table[7:].to_batches()[0], table[:7].to_batches()[0]]


def test_readings_are_those_of_this_machine() -> None:
    fold = fold_of(hashes(pl.Series(TEXTS))[1])
    expected = LOCAL.read(pl.Series(TEXTS), fold, HOW)
    found = pa.Table.from_batches(
        read(SimpleNamespace(value=HOW), batches(text=TEXTS, fold=fold))
    ).sort_by("at")
    assert found["sentiment"].to_pylist() == expected.sentiment.tolist()
    assert found["evidence"].to_pylist() == expected.evidence.tolist()


def test_spellings_are_those_of_this_machine() -> None:
    comments = [text.upper() for text in TEXTS]
    found = pa.Table.from_batches(spelt(batches(text=comments))).sort_by("at")
    expected = LOCAL.spelt(pl.Series(comments))
    assert found["text"].to_pylist() == expected["text"].to_list()
    numbers = np.frombuffer(b"".join(found["hash"].to_pylist()), "<u8").reshape(-1, 2)
    assert numbers[:, 0].tolist() == expected["high"].to_list()
    assert numbers[:, 1].tolist() == expected["low"].to_list()
