"""Columns of texts as Arrow arrays, made in ways that load nothing else.

pyarrow asks for pandas (half a second, 100 MB) as soon as it is given a Python value, a list or a
number to compare with; here it gets buffers only.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
import pyarrow as pa

OLDEST = pl.CompatLevel.oldest()


def of_texts(texts: Sequence[str]) -> pa.StringArray:
    """A column of these texts."""
    return (
        pl.Series(texts, dtype=pl.String).to_arrow(compat_level=OLDEST).cast("string")
    )


def of_empty_texts(rows: int) -> pa.StringArray:
    """A column of `rows` empty texts."""
    offsets = pa.py_buffer(bytes(4 * (rows + 1)))
    return pa.StringArray.from_buffers(rows, offsets, pa.py_buffer(b""))


def take(column: pa.StringArray, places: np.ndarray) -> pa.StringArray:
    """The texts at these places (rows,) int64, in their order."""
    buffers = [None, pa.py_buffer(np.ascontiguousarray(places, dtype=np.int64))]
    return column.take(pa.Array.from_buffers(pa.int64(), len(places), buffers))


def to_numpy(values: pa.Array) -> np.ndarray:
    """Numbers or truth values, (rows,); for a column without nulls."""
    return pl.Series(pl.from_arrow(values)).to_numpy()


def lengths(column: pa.StringArray) -> np.ndarray:
    """Length of each text in bytes, (rows,) int32; for a column without nulls."""
    offsets = np.frombuffer(column.buffers()[1], dtype=np.int32)
    return np.diff(offsets[column.offset : column.offset + len(column) + 1])


def is_utf8(data: bytes) -> bool:
    """Whether all of it is UTF-8 (many times as fast as bytes.decode)."""
    edges = pa.py_buffer(np.array([0, len(data)], dtype=np.int64))
    buffers = [None, edges, pa.py_buffer(data)]
    whole = pa.Array.from_buffers(pa.large_binary(), 1, buffers)
    try:
        pl.Series(pl.from_arrow(whole)).cast(pl.String)
    except pl.exceptions.PolarsError:
        return False
    return True
