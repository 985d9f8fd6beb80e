"""What a file of a shop is: format, encoding, separator, header, and its first rows."""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from ops.init.encoding import Encoding, encoding_of
from recsys.program.errors import ConfigError, DataError
from recsys.source.csv_records import SEPARATOR_LINE, Dialect, Record, records
from recsys.source.foreign_file import (
    naming_damage,
    object_of,
    open_lines,
    open_unpacked,
    rows_of,
)
from recsys.source.forms import format_of
from recsys.source.params import FileParams

SEPARATORS = (",", ";", "\t", "|", "::")
SNIFFED = 200  # records that say which separator it is
HEAD = 20_000  # rows that are looked at
OLD_EXCEL = b"\xd0\xcf\x11\xe0"  # .xls
PACKED = (b"PK\x03\x04", OLD_EXCEL)  # .xlsx and other zips
SHEETS = (b"[Content_Types].xml", b"opendocument.spreadsheet")  # in .xlsx and .ods
NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")


@dataclass(frozen=True)
class Table:
    """A table or query of a database, as section `source` names it."""

    url: str
    query: str
    cursor: str
    why: str  # it is taken for the cursor
    overlap: int


@dataclass(frozen=True)
class Form:
    """A file as it is: `header` are the columns of one without a header line; `columns` all of
    them, `rows` the texts of its first rows by column. Of a `table` the file holds its first rows.
    `place` is what people call it.
    """

    path: Path
    format: str
    encoding: Encoding
    separator: str
    header: tuple[str, ...]
    columns: tuple[str, ...]
    rows: dict[str, list[str]]
    place: str
    table: Table | None = None

    def params(self) -> dict[str, Any]:
        """The keys of a mapping that say how it is taken apart."""
        return {
            "format": self.format,
            "encoding": self.encoding.name,
            "separator": self.separator,
            "header": list(self.header),
        }


class _AnyColumns(FileParams):
    """A mapping that asks for all columns of a file."""

    wanted: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return self.wanted

    @property
    def needed(self) -> frozenset[str]:
        return frozenset()


def sniff(
    path: Path, encoding: str | None, separator: str | None, header: list[str]
) -> Form:
    """What a file is; what is given is not guessed.

    ConfigError if there is no such file, or it is no table of text; DataError if it is damaged.
    """
    if not path.is_file():
        raise ConfigError(f"{path}: no such file; name a file of your shop")
    if not path.stat().st_size:
        raise DataError(f"{path}: empty; export it from the shop again")
    kind = format_of(path)
    _refuse_other_formats(path)
    if kind == "parquet":
        form = Encoding("utf-8", "Parquet")
        return _with_rows(path, kind, form, ",", (), _parquet_columns(path))
    given = Encoding(encoding, "given") if encoding else encoding_of(path)
    if kind == "jsonl":
        return _with_rows(path, kind, given, ",", (), _json_columns(path, given))
    mark = separator.replace("\\t", "\t") if separator else _separator(path, given)
    first = _first_record(path, given, mark)
    names = tuple(header) or _names_of_nameless(first)
    columns = names or tuple(cell.strip().lstrip("\ufeff") for cell in first)
    return _with_rows(path, kind, given, mark, names, columns)


def _refuse_other_formats(path: Path) -> None:
    with naming_damage(str(path)), open_unpacked(path) as handle:
        start = handle.read(1 << 16)
    if start.startswith(PACKED):
        raise ConfigError(f"{path}: {_how_to_unpack(path, start)}")
    if start.lstrip().startswith(b"["):
        raise ConfigError(
            f"{path}: one JSON list; write an object a line (JSON Lines), e.g. with "
            f"jq -c '.[]', and name that file"
        )


def _how_to_unpack(path: Path, start: bytes) -> str:
    """What to do with a spreadsheet, or an archive."""
    csv_file = path.with_suffix(".csv").name
    if start.startswith(OLD_EXCEL) or any(mark in start for mark in SHEETS):
        return (
            "a spreadsheet: its ids and dates may have been changed by it already, so it is not "
            "read; best take the export of the shop itself; else in Excel File > Save As > CSV "
            "UTF-8, in LibreOffice File > Save As > Text CSV, or "
            f"`soffice --headless --convert-to csv {path.name}`; then name {csv_file}"
        )
    return f"a zip archive; unpack it (`unzip {path.name}`), and name the file in it"


def _with_rows(
    path: Path,
    kind: str,
    encoding: Encoding,
    separator: str,
    header: tuple[str, ...],
    columns: tuple[str, ...],
) -> Form:
    distinct = tuple(dict.fromkeys(columns))
    params = _AnyColumns.model_validate(
        {
            "files": [path.name],
            "format": kind,
            "encoding": encoding.name,
            "separator": separator,
            "header": list(header),
            "wanted": distinct,
        }
    )
    rows = [
        row.cells
        for row in islice(rows_of(path, str(path), params), HEAD)
        if not row.reason
    ]
    by_column = zip(*rows, strict=True) if rows else [()] * len(distinct)
    texts = {name: list(cells) for name, cells in zip(distinct, by_column, strict=True)}
    return Form(path, kind, encoding, separator, header, columns, texts, str(path))


def form_of(path: Path, columns: tuple[str, ...]) -> Form:
    """A CSV file of ours, with these columns."""
    return _with_rows(path, "csv", Encoding("utf-8", "ours"), ",", (), columns)


def _parquet_columns(path: Path) -> tuple[str, ...]:
    import pyarrow.parquet as pq

    with naming_damage(str(path)):
        return tuple(pq.read_schema(path).names)


def _json_columns(path: Path, encoding: Encoding) -> tuple[str, ...]:
    """The keys of the first objects, in their order; those of an object inside as `a.b`."""
    names: dict[str, None] = {}
    with naming_damage(str(path)), open_lines(path, encoding.name) as all_lines:
        for line in islice(all_lines, SNIFFED):
            for key, value in (object_of(line.strip()) or {}).items():
                inner = value if isinstance(value, dict) else {}
                names |= dict.fromkeys([key, *(f"{key}.{one}" for one in inner)])
    if not names:
        raise DataError(f"{path}: no line of it is a JSON object; is it JSON Lines?")
    return tuple(names)


# ---- CSV ----
def _head(path: Path, encoding: Encoding, separator: str, count: int) -> list[Record]:
    with naming_damage(str(path)), open_lines(path, encoding.name) as all_lines:
        lines = list(islice(all_lines, 4 * count))
    if lines and SEPARATOR_LINE.fullmatch(lines[0]):
        lines = lines[1:]
    return list(islice(records(lines, Dialect(separator)), count))


def _separator(path: Path, encoding: Encoding) -> str:
    """The separator that gives the most records the same number of cells, more than one."""
    scores = {mark: _score(_head(path, encoding, mark, SNIFFED)) for mark in SEPARATORS}
    best = max(scores, key=lambda mark: scores[mark])
    if scores[best][0] < 0.5:
        raise ConfigError(
            f"{path}: its lines have no separator in common; name it with --separator, "
            f'e.g. --separator ";"'
        )
    return best


def _score(found: list[Record]) -> tuple[float, int]:
    """The share of the records with the most frequent number of cells, and that number."""
    widths = Counter(len(one.cells) for one in found if one.cells)
    wide = {width: count for width, count in widths.items() if width > 1}
    if not wide:
        return 0.0, 0
    width, count = max(wide.items(), key=lambda one: one[1])
    return round(count / len(found), 2), width


def _first_record(path: Path, encoding: Encoding, separator: str) -> list[str]:
    found = _head(path, encoding, separator, 1)
    if not found or not found[0].cells:
        raise DataError(f"{path}, line 1: no header and no row; is it the right file?")
    return found[0].cells


def _names_of_nameless(first: list[str]) -> tuple[str, ...]:
    """Names for the columns if the first line is a row; none if it is a header."""
    if not any(NUMBER.fullmatch(cell.strip()) for cell in first):
        return ()
    return tuple(f"column{at}" for at in range(1, len(first) + 1))
