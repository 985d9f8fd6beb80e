"""The header of a shop's CSV file, checked against the contract.

A file whose header cannot be used is refused as a whole: what follows would be misread.
"""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import charset_normalizer

from recsys.program.errors import DataError
from recsys.shop_csv.contract import Table
from recsys.shop_csv.records import MAX_RECORD_BYTES, UTF8_BOM, WELL_QUOTED

MAX_COLUMNS = 256  # of a header, where no other limit is given
_WESTERN = frozenset(
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜßàáâãäåæçèéêëìíîïñòóôõöøùúûüÿŒœ"
    "\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u2022€£§©®°«»·¡¿„™\u00a0"
)
_SIGN_IN_WORD = re.compile(r"[^\W\d_][£§©®°«»·¡¿„“”…•€™][^\W\d_]")
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\1*', re.IGNORECASE)
_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_BY_MARK = {  # what begins so is no text
    b"\x1f\x8b": "packed by gzip; unpack it",
    b"PK\x03\x04": "a spreadsheet or an archive; save it, or what is in it, as CSV in UTF-8",
    b"\xd0\xcf\x11\xe0": "a spreadsheet; save it as CSV in UTF-8",
    b"PAR1": "Parquet; save it as CSV in UTF-8",
}
_SHOWN_NAMES = 12
_SHOWN = 300  # characters of the names in a message


@dataclass(frozen=True)
class Header:
    """The first line of a file: `names` as they stand, and how they compare with the contract."""

    names: tuple[str, ...]
    missing_optional: tuple[str, ...]
    extra: tuple[str, ...]
    bytes_read: int


def read_header(
    handle: BinaryIO, place: Path | str, table: Table, max_columns: int = MAX_COLUMNS
) -> Header:
    """The header at the start of `handle`, which then stands at line 2.

    DataError names the file, the column and the next step.
    """
    first = handle.readline(MAX_RECORD_BYTES)
    line = _FirstLine(_decode(first, place), handle, table, max_columns)
    for check in _CHECKS:
        if fault := check(line):
            raise DataError(f"{place}{fault}")
    names = line.names
    missing = tuple(name for name in table.columns if name not in names)
    extra = tuple(name for name in names if name not in table.columns)
    return Header(names, missing, extra, len(first))


def _decode(first: bytes, place: Path | str) -> str:
    """The text of a first line without its end. DataError if it is not UTF-8."""
    for mark, words in _BY_MARK.items():
        if first.startswith(mark):
            raise DataError(f"{place}: the file is {words}")
    if first.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in first:
        looks = f"the file looks like {guess_encoding(first)}"
        raise DataError(f"{place}, line 1: {looks}; save it as CSV in UTF-8")
    try:
        return first.removeprefix(UTF8_BOM).decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        looks = f"the header is not UTF-8, it looks like {guess_encoding(first)}"
        raise DataError(f"{place}, line 1: {looks}; save the file as UTF-8") from None


def guess_encoding(sample: bytes) -> str:
    """What a text that is not UTF-8 seems to be, for a message only."""
    if sample.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "UTF-32"
    has_many_nuls = len(sample.split(b"\0")) > 3
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")) or has_many_nuls:
        return "UTF-16"
    if b"\0" in sample:
        return "a binary file"
    if _is_western(sample):
        return "latin-1 (Windows-1252)"
    best = charset_normalizer.from_bytes(sample).best()
    return best.encoding if best else "no known encoding"


def _is_western(sample: bytes) -> bool:
    """Whether all that is not ASCII would be letters and signs of Western Europe in Windows-1252:
    a guess by frequencies takes short texts for some other code page.
    """
    text = sample.decode("cp1252", "replace")
    letters = {letter for letter in text if not letter.isascii()}
    return bool(letters) and letters <= _WESTERN and not _SIGN_IN_WORD.search(text)


# ---- checks: what follows the file's name in the message, "" if nothing is wrong ----
@dataclass(frozen=True)
class _FirstLine:
    """What the checks look at: the text of line 1, `handle` at line 2, and what is wanted."""

    text: str
    handle: BinaryIO
    table: Table
    max_columns: int

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, trimmed; the checks of the text come before it."""
        csv.field_size_limit(MAX_RECORD_BYTES)
        return tuple(name.strip() for name in next(csv.reader([self.text])))


def _is_blank(line: _FirstLine) -> str:
    if line.text.strip() or not line.handle.read(1):
        return ""
    return ": line 1 is blank; the header must be the first line"


def _is_empty(line: _FirstLine) -> str:
    if line.text.strip():
        return ""
    return (
        f": the file is empty; it needs a header with {', '.join(line.table.required)}"
    )


def _names_a_separator(line: _FirstLine) -> str:
    if not _SEPARATOR_LINE.fullmatch(line.text):
        return ""
    return (
        ", line 1: Excel's line that names the separator; take it out, so that the header is the "
        "first line, and save the file with commas"
    )


def _has_stray_quote(line: _FirstLine) -> str:
    if WELL_QUOTED.fullmatch(line.text.encode()):
        return ""
    return ", line 1: the header has a stray quote; write the column names plainly"


def _has_lone_returns(line: _FirstLine) -> str:
    if "\r" not in line.text:
        return ""
    return ", line 1: its lines end in CR only; save it with LF or CRLF line ends"


def _has_other_separators(line: _FirstLine) -> str:
    for mark, name in _OTHER_SEPARATORS.items():
        cells = [cell.strip(' "') for cell in line.text.split(mark)]
        if sum(cell in line.table.columns for cell in cells) > 1:
            return (
                f", line 1: the columns are separated by {name}; save the file with commas "
                f"(a decimal comma as a point, or in quotes)"
            )
    return ""


def _has_invisible_character(line: _FirstLine) -> str:
    if all(name.isprintable() for name in line.names):
        return ""
    shown = ascii(line.text)[:100]
    return f", line 1: the header has an invisible character ({shown}); write it anew"


def _has_too_many_columns(line: _FirstLine) -> str:
    count, most = len(line.names), line.max_columns
    if count <= most:
        return ""
    return f", line 1: {count} columns, at most {most} are read; is it the right file?"


def _repeats_a_column(line: _FirstLine) -> str:
    names = line.names
    repeated = [
        name for name in names if name in line.table.columns and names.count(name) > 1
    ]
    if not repeated:
        return ""
    name, count = repeated[0], names.count(repeated[0])
    return f", line 1: column {name!r} stands there {count} times; keep one"


def _lacks_a_column(line: _FirstLine) -> str:
    missing = [name for name in line.table.required if name not in line.names]
    if not missing:
        return ""
    there = ", ".join(repr(name)[1:-1] for name in line.names[:_SHOWN_NAMES])[:_SHOWN]
    names = ", ".join(map(repr, missing))
    lack = "columns {} are" if len(missing) > 1 else "column {} is"
    return (
        f", line 1: {lack.format(names)} missing (found: {there}); "
        f"add {'them' if len(missing) > 1 else 'it'}, separated by commas"
    )


_CHECKS: tuple[
    Callable[[_FirstLine], str], ...
] = (  # in this order: the names are read last
    _is_blank,
    _is_empty,
    _names_a_separator,
    _has_lone_returns,
    _has_stray_quote,
    _has_other_separators,
    _has_invisible_character,
    _has_too_many_columns,
    _repeats_a_column,
    _lacks_a_column,
)
