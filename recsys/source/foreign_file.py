"""A file of the shop as it is, row by row: CSV of any separator and encoding, JSON Lines, Parquet;
each of them also packed by gzip.

A row is the texts of the columns that are asked for, as they stand. It is never judged here; one
that cannot be taken apart has a reason instead of cells.
"""

import gzip
import io
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

import pyarrow as pa
import pyarrow.parquet as pq

from recsys.program.errors import DataError
from recsys.shop_csv.row_forms import Form
from recsys.source.csv_records import SEPARATOR_LINE, Dialect, Record, records
from recsys.source.cut_records import form_of, with_cut_ones
from recsys.source.params import FileParams, ProductFiles
from recsys.source.values import (
    MadeOf,
    Pairs,
    column_texts,
    is_nested,
    object_of,
    text_of,
    value_at,
)

GZIP_MARK = b"\x1f\x8b"
BATCH_ROWS = 50_000
MOST_HEADER_LINES = 50  # a name of a column may have several
MOST_LINE = 4 << 20  # characters: a longer line is no line of such a file


class Row(NamedTuple):
    """A row: its line (its number in a Parquet file), its text, and the cells that were asked for;
    with a `reason` (a code of recsys/shop_csv/reasons.py) these say nothing.
    """

    line: int
    text: str
    cells: Sequence[str]
    reason: str = ""


def open_unpacked(path: Path) -> BinaryIO:
    """The bytes of the file, unpacked if it is packed."""
    with path.open("rb") as handle:
        is_packed = handle.read(len(GZIP_MARK)) == GZIP_MARK
    return cast(BinaryIO, gzip.open(path)) if is_packed else path.open("rb")


@contextmanager
def naming_damage(place: str) -> Iterator[None]:
    """DataError that names the file, where it cannot be read to its end."""
    try:
        yield
    except (EOFError, OSError, zlib.error, pa.ArrowException) as error:
        if getattr(error, "errno", None) is not None:  # of the disk, not of the file
            raise
        raise DataError(
            f"{place}: damaged ({' '.join(str(error).split())[:200]}); take it from the shop again"
        ) from None
    except UnicodeError as error:
        raise DataError(f"{place}: {error}; name its encoding: --encoding") from None


@contextmanager
def open_lines(path: Path, encoding: str) -> Iterator[Iterator[str]]:
    """Lines of text with their ends. A byte that the encoding does not have stands there as a
    surrogate, which no text can hold.
    """
    if encoding.lower().replace("_", "-") == "utf-8":
        encoding = "utf-8-sig"
    wide = encoding.lower().startswith(("utf-16", "utf-32", "utf_16", "utf_32"))
    errors = "strict" if wide else "surrogateescape"
    with (
        open_unpacked(path) as handle,
        io.TextIOWrapper(handle, encoding, errors, newline="\n") as text,
    ):
        yield iter(lambda: text.readline(MOST_LINE), "")


def rows_of(path: Path, place: str, params: FileParams) -> Iterator[Row]:
    """The rows of a file, with the columns of `params`; "" for a column that it lacks.

    DataError if a column that is needed is missing, or the file is damaged.
    """
    with naming_damage(place):
        if params.format == "parquet":
            yield from _parquet(path, place, params)
            return
        with open_lines(path, params.encoding) as lines:
            if params.format == "jsonl":
                yield from _json_lines(lines, params)
            else:
                yield from _csv(lines, place, params)


# ---- CSV ----
def header_of(lines: Iterator[str], params: FileParams) -> tuple[list[str], int]:
    """The names of the columns, and the number of the first line behind them."""
    dialect = Dialect(params.separator)
    if params.header:
        return params.header, 1
    first, skipped = next(lines, ""), 1
    if SEPARATOR_LINE.match(first):
        first, skipped = next(lines, ""), 2
    taken = [first]
    while "".join(taken).count('"') % 2 and len(taken) < MOST_HEADER_LINES:
        taken.append(next(lines, '"'))
    cells = dialect.cells("".join(taken).strip("\r\n")) or []
    return as_named([name_of(cell) for cell in cells], params), skipped + len(taken)


def name_of(cell: str) -> str:
    """The name of a column, as it stands in a header line, on one line."""
    return " ".join(part.strip() for part in cell.strip("\ufeff \t\r\n").splitlines())


def as_named(names: Sequence[str], params: FileParams) -> list[str]:
    """The names of a file, each as the mapping writes it: an accent may be one with its letter
    (NFC), or stand behind it (NFD), and looks the same.
    """
    same = {composed(one): one for one in params.columns if one and one not in names}
    return [same.get(composed(name), name) for name in names]


def composed(name: str) -> str:
    """A name with each accent in one with its letter (NFC)."""
    return unicodedata.normalize("NFC", name)


def _csv(lines: Iterator[str], place: str, params: FileParams) -> Iterator[Row]:
    names, start = header_of(lines, params)
    check_columns(names, place, params)
    there = set(names) - {""}  # "" is no column, also where one has no name
    at = [names.index(name) if name in there else -1 for name in params.columns]
    needed = frozenset(names) if isinstance(params, ProductFiles) else params.needed
    for record in _judged(lines, names, params):
        line = record.line + start - 1
        is_near = not needed.isdisjoint(record.cells)
        if is_near and not params.header and _is_other(record.cells, names, needed):
            raise DataError(
                f"{place}, line {line}: a second header with its columns in another order; "
                f"split the file there into two"
            )
        if record.reason:
            yield Row(line, record.text, (), record.reason)
            continue
        cells = record.cells
        yield Row(line, record.text, [cells[i] if i >= 0 else "" for i in at])


def _judged(
    lines: Iterator[str], names: list[str], params: FileParams
) -> Iterator[Record]:
    """The records below the header line; one that is no row of this file has a reason."""
    form = form_of(names, params)
    found = _with_faults(records(lines, Dialect(params.separator)), names, form)
    if form is None or not (form.runs_on or form.runs_in):
        return found
    return with_cut_ones(found, form)


def _with_faults(
    found: Iterable[Record], names: list[str], form: Form | None
) -> Iterator[Record]:
    for record in found:
        reason = "" if record.reason else _fault(record, names, form)
        yield record._replace(reason=reason) if reason else record


def _is_other(cells: Sequence[str], names: list[str], needed: frozenset[str]) -> bool:
    """Whether the columns that are needed are named again, but stand at other places."""
    found = [name_of(cell) for cell in cells]
    return needed <= set(found) and any(
        found.index(name) != names.index(name) for name in needed
    )


def _fault(record: Record, names: list[str], form: Form | None) -> str:
    """Why a record that is whole is none of this file; "" if it is one."""
    if len(record.cells) != len(names):
        return "cells"
    text = record.text
    if record.cells == names or (text[0] == "\ufeff" and _are(record.cells, names)):
        return "header"
    if form is None or "\n" not in text:
        return ""
    has_swallowed = any(
        form.swallows(cell, place)
        for place, cell in enumerate(record.cells)
        if "\n" in cell
    )
    return "swallowed" if has_swallowed else ""


def _are(cells: list[str], names: list[str]) -> bool:
    """Whether it is the header of a file that was put behind another."""
    return [*map(name_of, cells)] == names


def check_columns(names: Sequence[str], place: str, params: FileParams) -> None:
    """DataError if a column that is needed is missing, or stands there twice."""
    missing = sorted(params.needed - set(names))
    if missing:
        found = ", ".join(map(repr, names))[:300]
        raise DataError(
            f"{place}: no column {', '.join(map(repr, missing))} (found: {found}); the file has "
            f"changed its form: run `python runner.py init` with it again"
        )
    for name in params.columns:
        if name and list(names).count(name) > 1:
            raise DataError(
                f"{place}: the column {name!r} stands there {list(names).count(name)} times; "
                f"keep one"
            )


# ---- JSON Lines ----
def keys_of(params: FileParams) -> MadeOf | None:
    """How the objects of a file are made: with composed keys (NFC), where the mapping has a name
    that may be written in two ways.
    """
    return None if all(map(str.isascii, params.columns)) else _with_composed_keys


def _with_composed_keys(pairs: Pairs) -> dict[str, Any]:
    return {composed(key): value for key, value in pairs}


def _json_lines(lines: Iterator[str], params: FileParams) -> Iterator[Row]:
    columns, needed = [*map(composed, params.columns)], {*map(composed, params.needed)}
    made_of = keys_of(params)
    for number, line in enumerate(lines, 1):
        text = line.rstrip("\r\n")
        if not text.strip():
            continue
        found = object_of(text, made_of)
        if found is None:
            yield Row(number, text, (), "source_record")
            continue
        if any(is_nested(value_at(found, name)) for name in needed):
            yield Row(number, text, (), "source_nested")
            continue
        yield Row(number, text, [text_of(found, name) for name in columns])


# ---- Parquet ----
def _parquet(path: Path, place: str, params: FileParams) -> Iterator[Row]:
    with pq.ParquetFile(path) as file:
        own = file.schema_arrow.names
        names = as_named(own, params)
        check_columns(names, place, params)
        of_file = dict(zip(names, own, strict=True))
        wanted = {
            name: of_file[name]
            for name in dict.fromkeys(params.columns)
            if name and name in of_file
        }
        schema = file.schema_arrow
        is_list = any(nested_type(schema.field(of_file[one])) for one in params.needed)
        number, reason = 1, "source_nested" if is_list else ""
        for batch in file.iter_batches(BATCH_ROWS, columns=list(wanted.values())):
            texts = {
                name: column_texts(batch.column(one)) for name, one in wanted.items()
            }
            empty = [""] * len(batch)
            cells = [texts.get(name, empty) for name in params.columns]
            for row in zip(*cells, strict=True):
                yield Row(number, "\t".join(row), row, reason)
                number += 1


def nested_type(field: pa.Field) -> bool:
    """Whether the values of a column hold others: lists, structs, maps."""
    return bool(pa.types.is_nested(field.type))


def first_rows(path: Path, place: str, params: FileParams, count: int) -> list[Row]:
    """At most `count` rows from the start of a file."""
    return list(islice(rows_of(path, place, params), count))
