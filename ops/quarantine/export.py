"""Refused rows out to a person's spreadsheet: what stands in quarantine.parquet, with its cells.

reads   data/merged/quarantine.parquet, the headers of the files that the rows came from
writes  a CSV: user_id .. timestamp as far as the refused text tells them, and columns
        `quarantine_*` that say which row it is, why it was refused, and what stood there
"""

import csv
import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from ops.quarantine.places import Places
from ops.quarantine.spreadsheet import defuse
from ops.terminal import printable
from recsys.files.atomic import atomic, sha256_of
from recsys.intake.batches import sealed
from recsys.program.errors import ConfigError, DataError
from recsys.program.params import load
from recsys.shop_csv.accounts import RowKey
from recsys.shop_csv.contract import ATTRIBUTES, PRODUCTS, REVIEWS, STAGING, Table
from recsys.shop_csv.header import read_header
from recsys.shop_csv.records import MAX_RECORD_BYTES
from recsys.source.params import Params

KEY_COLUMNS = ("quarantine_sha256", "quarantine_line")
NOTES = (
    "quarantine_file",
    *KEY_COLUMNS,
    "quarantine_reason",
    "quarantine_hint",
    "quarantine_raw",
)
RAW_SHOWN = 1000  # so much of a refused text stands in the export, in characters


@dataclass(frozen=True)
class Refused:
    """A row in quarantine, with its cells in the order of a drop's columns."""

    key: RowKey
    cells: tuple[str, ...]
    notes: tuple[str, ...]  # in the order of NOTES


class _Origin(NamedTuple):
    """A file that rows came from: the names in its header, and what it holds."""

    names: tuple[str, ...]
    table: Table


def parse(raw: str, whole: bool, names: Sequence[str], table: Table) -> tuple[str, ...]:
    """Cells of a refused row in the order of a drop's columns.

    A row that is not `whole` (its structure is wrong, not a cell of it) gives only the cells before
    its comment and its first quote: what comes after is anyone's guess, and is left empty.
    """
    cells = _cells(raw) if whole else []
    if len(cells) != len(
        names
    ):  # structure is wrong, or the text was cut when it was refused
        texts = [
            at
            for at, name in enumerate(names)
            if name in ("comment", "processed_comment")
        ]
        head, quote, _ = raw.partition('"')
        cells = head.split(",")[: -1 if quote else None][
            : min(texts, default=len(names))
        ]
    by_name = dict(zip(names, cells, strict=False))
    by_name["comment"] = by_name.get("comment") or by_name.get("processed_comment", "")
    by_name["timestamp"] = by_name.get(table.timestamp, "")
    return tuple(by_name.get(name, "") for name in STAGING.columns)


def _cells(raw: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(raw, newline=""), strict=True), [])
    except csv.Error:
        return []


def in_a_drop(rows: pl.DataFrame, places: Places) -> pl.DataFrame:
    """Those that a drop can mend: interactions."""
    files = [PRODUCTS.file, ATTRIBUTES.file, *_files_of_products(places)]
    return rows.filter(~pl.col("file").is_in(files))


def _files_of_products(places: Places) -> list[str]:
    """The shop's own ones."""
    source = load(Params, "source", places.params)
    return [name for one in source.products for name in one.files]


def refused(rows: pl.DataFrame, places: Places) -> list[Refused]:
    """Rows of quarantine.parquet with their cells. DataError if a source has changed since they
    were refused.
    """
    csv.field_size_limit(2 * MAX_RECORD_BYTES)
    origins = _origins(rows, places)
    return [
        _with_cells(row, origins[row["sha256"]]) for row in rows.iter_rows(named=True)
    ]


def _with_cells(row: dict[str, Any], origin: _Origin) -> Refused:
    """A row of quarantine.parquet with its cells; whole only if one column is named as wrong."""
    shown = {**row, "raw": printable(row["raw"][:RAW_SHOWN])}
    return Refused(
        (row["sha256"], row["line"]),
        parse(row["raw"], bool(row["column"]), origin.names, origin.table),
        tuple(str(shown[name.removeprefix("quarantine_")]) for name in NOTES),
    )


def _origins(rows: pl.DataFrame, places: Places) -> dict[str, _Origin]:
    """The file of each row, by its sha256. DataError if one is no longer there."""
    batches = {batch.name: batch for batch in sealed(places.batches)}
    origins = {}
    for file, digest in rows.select("file", "sha256").unique().sort("file").iter_rows():
        raw, batch = places.raw_file(file), batches.get(file)
        if file == REVIEWS.file and raw.is_file() and sha256_of(raw) == digest:
            with raw.open("rb") as handle:
                origins[digest] = _Origin(
                    read_header(handle, raw, REVIEWS).names, REVIEWS
                )
        elif raw.is_file() and sha256_of(raw) == digest:
            # one of the shop's own files: its rows are kept in the form of a drop
            origins[digest] = _Origin(STAGING.columns, STAGING)
        elif batch is not None and batch.sha256 == digest:
            with batch.open() as member:
                names = read_header(member, batch.path, STAGING).names
            origins[digest] = _Origin(names, STAGING)
        else:
            raise DataError(
                f"{printable(file)}: changed or gone since its rows were refused; "
                f"run `python runner.py repro` and export again"
            )
    return origins


def export(rows: Iterable[Refused], path: Path) -> int:
    """Write the rows for a spreadsheet (UTF-8 with its mark, every cell quoted and defused); how
    many they are.

    ConfigError if the file exists (it may hold somebody's work), or its folder takes none.
    """
    if path.exists():
        raise ConfigError(f"{path}: exists already; name another file, or remove it")
    if not os.access(path.parent, os.W_OK):
        raise ConfigError(
            f"{path.parent}: no folder that can be written to; name another place"
        )
    count = 0
    with (
        atomic(path) as temp,
        temp.open("w", encoding="utf-8-sig", newline="") as handle,
    ):
        writer = csv.writer(handle, quoting=csv.QUOTE_ALL)
        writer.writerow((*STAGING.columns, *NOTES))
        for row in rows:
            writer.writerow(map(defuse, (*row.cells, *row.notes)))
            count += 1
    return count
