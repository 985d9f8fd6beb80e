"""Tables between stages: parquet, whole or not at all, the same bytes for the same rows."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from recsys.files.atomic import atomic
from recsys.program.errors import DISK_ERRNOS, DataError, DiskError, in_one_line

ROWS_IN_GROUP = 1 << 18  # fixed, so that the number of threads does not show
OPTIONS: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 3,
    "row_group_size": ROWS_IN_GROUP,
    "statistics": True,
}
# a corrupt file may panic
UNREADABLE = (
    pl.exceptions.PolarsError,
    pl.exceptions.PanicException,
)


# polars wraps what the system says
OF_THE_SYSTEM = re.compile(r"\(os error (\d+)\)")


class Columns(Protocol):
    """A table, a column at a time; a polars frame is such."""

    def __len__(self) -> int: ...

    def __getitem__(self, column: str, /) -> pl.Series: ...


@contextmanager
def _disk_told(path: Path) -> Iterator[None]:
    """DiskError that names the file, if the disk is why polars could not write it."""
    try:
        yield
    except UNREADABLE as error:
        said = OF_THE_SYSTEM.search(str(error))
        if said is None or int(said[1]) not in DISK_ERRNOS:
            raise
        reason = os.strerror(int(said[1]))
        raise DiskError(f"{path}: {reason}; free some space and run again") from None


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """Write a table, whole or not at all. DiskError names the file if the disk is full."""
    with _disk_told(path), atomic(path) as temp:
        frame.write_parquet(temp, **OPTIONS)


def write_parts(parts: Sequence[Path], path: Path) -> None:
    """Write the tables in `parts`, one behind the other, as one: the bytes that `write_table`
    writes of all of them, and no more of them in memory than a few groups of rows.
    """
    with _disk_told(path), atomic(path) as temp:
        pl.scan_parquet(list(parts)).sink_parquet(temp, maintain_order=True, **OPTIONS)


def read_table(path: Path, columns: list[str] | None = None) -> pl.DataFrame:
    """Read a table, or some of its columns. DataError names the file if it is missing or torn."""
    try:
        return pl.read_parquet(path, columns=columns, memory_map=False)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; run `dvc repro` to make it") from None
    except UNREADABLE as error:
        reason = in_one_line(error)
        raise DataError(
            f"{path}: not a readable parquet file ({reason}); delete it and run `dvc repro`"
        ) from None
