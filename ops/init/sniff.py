"""What a file of a shop is: format, encoding, separator, header, and its first rows."""

import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from ops.init.encoding import Encoding, encoding_of
from ops.init.strangers import refuse_other_formats
from recsys.program.errors import ConfigError, DataError
from recsys.shop_csv.reasons import REASONS
from recsys.source.csv_records import SEPARATOR_LINE, Dialect, Record, records
from recsys.source.foreign_file import (
    name_of,
    naming_damage,
    nested_type,
    open_lines,
    rows_of,
)
from recsys.source.forms import format_of
from recsys.source.params import AnyColumns
from recsys.source.values import is_nested, object_of, value_at

SEPARATORS = (",", ";", "\t", "|", "::")
SNIFFED = 200  # records that say which separator it is
HEAD = 20_000  # rows that are looked at
# what no column is called: a number, or a time
NO_NAME = re.compile(
    r"[+-]?[0-9]+(?:[.,][0-9]+)?|[0-9]{1,4}([-/.])[0-9]{1,2}\1[0-9]{1,4}(?:[T ].*)?"
)


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
    nested: frozenset[str] = frozenset()  # columns that hold lists or objects

    def params(self) -> dict[str, Any]:
        """The keys of a mapping that say how it is taken apart."""
        return {
            "format": self.format,
            "encoding": self.encoding.name,
            "separator": self.separator,
            "header": list(self.header),
        }


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
    refuse_other_formats(path)
    form = _form_of_kind(path, kind, encoding, separator, header)
    if not any(form.rows.values()):
        raise DataError(f"{path}: {_why_no_row(path, form)}")
    return form


def _form_of_kind(
    path: Path,
    kind: str,
    encoding: str | None,
    separator: str | None,
    header: list[str],
) -> Form:
    if kind == "parquet":
        text = Encoding("utf-8", "Parquet")
        form = _with_rows(path, kind, text, ",", (), _parquet_columns(path))
        return replace(form, nested=_parquet_nested(path))
    given = Encoding(encoding, "given") if encoding else encoding_of(path)
    if kind == "jsonl":
        form = _with_rows(path, kind, given, ",", (), _json_columns(path, given))
        return replace(form, nested=_json_nested(path, given, form.columns))
    mark = separator.replace("\\t", "\t") if separator else _separator(path, given)
    first = _first_record(path, given, mark)
    names = tuple(header) or _names_of_nameless(first)
    columns = names or tuple(map(name_of, first))
    _check_width(path, given, mark, len(columns))
    return _with_rows(path, kind, given, mark, names, columns)


def _why_no_row(path: Path, form: Form) -> str:
    """Why no row of a file can be taken, and what to do."""
    params = _any_columns(path, form.format, form.encoding, form.separator, form.header)
    first = next((row for row in rows_of(path, str(path), params) if row.reason), None)
    if first is None:
        return "no row in it, only names of columns; export it from the shop again"
    hint = REASONS[first.reason].hint
    return f"no row of it can be read; the first is line {first.line}: {hint}"


def _with_rows(
    path: Path,
    kind: str,
    encoding: Encoding,
    separator: str,
    header: tuple[str, ...],
    columns: tuple[str, ...],
) -> Form:
    distinct = tuple(dict.fromkeys(columns))
    params = _any_columns(path, kind, encoding, separator, header, distinct)
    rows = [
        row.cells
        for row in islice(rows_of(path, str(path), params), HEAD)
        if not row.reason
    ]
    by_column = zip(*rows, strict=True) if rows else [()] * len(distinct)
    texts = {name: list(cells) for name, cells in zip(distinct, by_column, strict=True)}
    return Form(path, kind, encoding, separator, header, columns, texts, str(path))


def _any_columns(
    path: Path,
    kind: str,
    encoding: Encoding,
    separator: str,
    header: tuple[str, ...],
    wanted: tuple[str, ...] = (),
) -> AnyColumns:
    return AnyColumns.model_validate(
        {
            "files": [path.name],
            "format": kind,
            "encoding": encoding.name,
            "separator": separator,
            "header": list(header),
            "wanted": wanted,
        }
    )


def form_of(path: Path, columns: tuple[str, ...]) -> Form:
    """A CSV file of ours, with these columns."""
    return _with_rows(path, "csv", Encoding("utf-8", "ours"), ",", (), columns)


def _parquet_columns(path: Path) -> tuple[str, ...]:
    import pyarrow.parquet as pq

    with naming_damage(str(path)):
        return tuple(pq.read_schema(path).names)


def _parquet_nested(path: Path) -> frozenset[str]:
    import pyarrow.parquet as pq

    with naming_damage(str(path)):
        return frozenset(one.name for one in pq.read_schema(path) if nested_type(one))


def _json_nested(
    path: Path, encoding: Encoding, columns: tuple[str, ...]
) -> frozenset[str]:
    """The keys whose values are mostly lists or objects."""
    counts: Counter[str] = Counter()
    with naming_damage(str(path)), open_lines(path, encoding.name) as all_lines:
        for line in islice(all_lines, SNIFFED):
            found = object_of(line.strip()) or {}
            for name in columns:
                value = value_at(found, name)
                counts[name] += is_nested(value) - (
                    not is_nested(value) and bool(value)
                )
    return frozenset(name for name, count in counts.items() if count > 0)


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
    if lines and SEPARATOR_LINE.match(lines[0]):
        lines = lines[1:]
    return list(islice(records(lines, Dialect(separator)), count))


def _check_width(path: Path, encoding: Encoding, separator: str, width: int) -> None:
    """DataError if most records have another number of cells than the header."""
    share, usual = _score(_head(path, encoding, separator, SNIFFED))
    if share > 0.5 and usual != width:
        raise DataError(
            f"{path}: the names of the columns are {width}, most lines have {usual} cells; is "
            f"there anything above the header line, or a separator too many at the end of the "
            f"lines? Take it out, or name the columns with --header A,B,C"
        )


def _separator(path: Path, encoding: Encoding) -> str:
    """The separator that the file names itself, as Excel writes it (`sep=;`), or the one that gives
    the most records the same number of cells, more than one.
    """
    with naming_damage(str(path)), open_lines(path, encoding.name) as lines:
        named = SEPARATOR_LINE.match(next(lines, ""))
    if named:
        return named[1]
    scores = {mark: _score(_head(path, encoding, mark, SNIFFED)) for mark in SEPARATORS}
    best = max(scores, key=lambda mark: scores[mark])
    if scores[best][0] < 0.5:
        found = _head(path, encoding, best, SNIFFED)
        torn = [one.line for one in found if one.reason == "quote"]
        if len(torn) > 0.5 * len(found):
            hint = REASONS["quote"].hint
            raise DataError(f"{path}: most lines, the first is {torn[0]}, have {hint}")
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
    if not any(NO_NAME.fullmatch(cell.strip()) for cell in first):
        return ()
    return tuple(f"column{at}" for at in range(1, len(first) + 1))
