"""Lists as a table file that grows block by block: parquet or CSV, whole or not at all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

from recsys.files.atomic import atomic
from recsys.program.errors import ConfigError

SCHEMA = pa.schema(
    [
        ("user_id", pa.string()),  # none: the list of users who are not known
        ("rank", pa.int32()),
        ("product_id", pa.string()),
        ("score", pa.float32()),
        ("model_id", pa.string()),
    ]
)
Write = Callable[[pa.Table], None]


# what the pipeline reads and keeps there would be overwritten, or read as a drop
OWN_FOLDERS = ("data", "mlruns", "models", "releases", "state")


def check_format(path: Path) -> None:
    """ConfigError unless the name says parquet or CSV, and a file may be made there."""
    for name in OWN_FOLDERS:
        if path.absolute().resolve().is_relative_to(Path(name).resolve()):
            raise ConfigError(
                f"{path}: in {name}/, which is the pipeline's own; write it elsewhere, "
                f"e.g. exports/{path.name}"
            )
    if path.suffix not in WRITERS:
        raise ConfigError(f"{path}: write a file that ends in {' or '.join(WRITERS)}")
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise ConfigError(f"{path}: a folder, or in a folder that does not exist")


@contextmanager
def writing(path: Path) -> Iterator[Write]:
    """A function that appends a block; the file is there when the context has ended well."""
    with atomic(path) as temp:
        try:
            writer = WRITERS[path.suffix](temp)
        except FileNotFoundError:
            raise ConfigError(f"{path}: no file can be made in this folder") from None
        with writer:
            yield writer.write_table


def _parquet(path: Path) -> parquet.ParquetWriter:
    return parquet.ParquetWriter(path, SCHEMA, compression="zstd")


def _csv(path: Path) -> csv.CSVWriter:
    return csv.CSVWriter(path, SCHEMA)


WRITERS = {".parquet": _parquet, ".csv": _csv}


def block(
    users: list[str | None],
    items: np.ndarray,
    scores: np.ndarray,
    products: pa.Array,
    model_id: str,
) -> pa.Table:
    """Rows of the lists of some users, best first: `items` (n, k), -1 where they run out, and
    `scores` (n, k) float32; `products` are the ids by item.
    """
    row, place = np.nonzero(items >= 0)
    shown = items[row, place]
    columns = [
        pa.array(users, pa.string()).take(pa.array(row)),
        pa.array((place + 1).astype(np.int32)),
        products.take(pa.array(shown)),
        pa.array(scores[row, place]),
        pa.repeat(model_id, len(row)),
    ]
    return pa.table(columns, schema=SCHEMA)
