"""Tables between stages: parquet, whole or not at all, the same bytes for the same rows."""

from pathlib import Path

import polars as pl

from recsys.files.atomic import atomic
from recsys.program.errors import DataError


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """Write a table. The row group size is fixed, so that the number of threads does not show."""
    with atomic(path) as temp:
        frame.write_parquet(
            temp, compression="zstd", compression_level=3, row_group_size=1 << 18, statistics=True
        )


def read_table(path: Path, columns: list[str] | None = None) -> pl.DataFrame:
    """Read a table, or some of its columns. DataError names the file if it is missing or torn."""
    try:
        return pl.read_parquet(path, columns=columns, memory_map=False)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; run `dvc repro` to make it") from None
    except (
        pl.exceptions.PolarsError,
        pl.exceptions.PanicException,
    ) as error:  # a corrupt file can make it panic
        raise DataError(
            f"{path}: not a readable parquet file ({error}); delete it and run `dvc repro`"
        ) from None
