"""Tables between stages: parquet, whole or not at all, the same bytes for the same rows."""

from pathlib import Path

import polars as pl

from recsys.files.atomic import atomic
from recsys.program.errors import DataError, in_one_line

ROWS_IN_GROUP = 1 << 18  # fixed, so that the number of threads does not show
# a corrupt file may panic
UNREADABLE = (
    pl.exceptions.PolarsError,
    pl.exceptions.PanicException,
)


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """Write a table, whole or not at all."""
    with atomic(path) as temp:
        frame.write_parquet(
            temp,
            compression="zstd",
            compression_level=3,
            row_group_size=ROWS_IN_GROUP,
            statistics=True,
        )


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
