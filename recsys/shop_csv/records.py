"""Records of CSV text: where they begin and end, their cells, and the reason for each that is not
well formed.

RFC 4180, strictly: a quote opens a cell at its very beginning and closes it at its very end, `""`
stands for a quote inside, and nothing else. A quote at another place costs its line, and reading
goes on at the next one: a quote that was never closed cannot swallow the rows after it. A record
with another fault (number of cells, a control character other than tab and newline, bytes that are
not UTF-8) is refused whole: no line of its quoted text can pass for a row.

`parse` first tries to check a whole block at once and to hand it to pyarrow; where anything is
wrong in it, it goes record by record. Both give the same rows (tests/recsys/test_csvfile.py holds
them to it).
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.csv

SHOWN_RAW = 10_000  # characters of a refused record that are kept
MAX_OPEN_BYTES = 32 << 20  # after so many bytes without its end, a quote was never closed
MAX_RECORD_BYTES = 1 << 20  # a record, with all its lines, is at most this long

_UTF8_BOM = b"\xef\xbb\xbf"
_CONTROL = bytes({*range(0x20), 0x7F} - set(b"\t\n\r"))
_CELL = rb'(?:"(?:[^"]|"")*"|[^",]*)'
WELL_QUOTED = re.compile(rb"%b(?:,%b)*" % (_CELL, _CELL), re.DOTALL)
_COMMA, _NEWLINE, _QUOTE, _RETURN = b',\n"\r'


@dataclass(frozen=True)
class Shape:
    """What is read of a record: it has `width` cells, and `cells[i]` is the place of column
    `names[i]`, -1: absent.
    """

    width: int
    names: tuple[str, ...]
    cells: tuple[int, ...]
    nameless: tuple[int, ...] = ()  # places without a name in the header: their cells must be empty


@dataclass(frozen=True)
class Refused:
    """A row that is not accepted: where it stands (1-based line), its text, and why (a key of
    contract.HINTS).
    """

    line: int
    raw: str
    column: str
    reason: str


@dataclass
class Block:
    """Rows of a part of a file: `columns` by name as text, `line` (rows,) 1-based, `raw` (rows,),
    and the refused.
    """

    columns: dict[str, pa.StringArray]
    line: np.ndarray
    raw: Sequence[str]
    refused: list[Refused] = field(default_factory=list)
    ends_blank: bool = False  # a blank line comes after the last row

    def __len__(self) -> int:
        return len(self.line)


def _refuse(parts: list[bytes], line: int, shape: Shape) -> Refused:
    """The record of these lines with what is wrong in it."""
    text = b"\n".join(parts).removesuffix(b"\r").decode("utf-8", "backslashreplace")
    return Refused(line, text[:SHOWN_RAW], "", _cells(parts, shape)[1])


def parse_records(
    data: bytes, line: int, shape: Shape, *, last: bool, enough: int | None = None
) -> tuple[Block, int]:
    """The plain path: record by record, with a reason for each line that is refused; ends after
    `enough` bytes.
    """
    lines = data.split(b"\n")
    tail = lines.pop()
    if tail and last:
        lines.append(tail)
    rows: list[list[str]] = []
    numbers: list[int] = []
    raws: list[str] = []
    refused: list[Refused] = []
    at = used = 0
    while at < len(lines) and (enough is None or used < enough):
        size = _record_lines(lines, at)
        if at + size > len(lines) and not last:  # the record goes on in the next block
            break
        if lines[at] not in (b"", b"\r"):  # a blank line is no row
            cells, reason, raw = _cells(lines[at : at + size], shape)
            if cells is None:
                size = 1 if reason == "quote" else size
                refused.append(_refuse(lines[at : at + size], line + at, shape))
            else:
                rows.append([cells[cell] if cell >= 0 else "" for cell in shape.cells])
                numbers.append(line + at)
                raws.append(raw)
        used += sum(len(part) + 1 for part in lines[at : at + size])
        at += size
    columns = zip(*rows, strict=True) if rows else [()] * len(shape.names)
    named = {
        name: pa.array(column, pa.string())
        for name, column in zip(shape.names, columns, strict=True)
    }
    return Block(named, np.array(numbers, dtype=np.int64), raws, refused), min(used, len(data))


def _record_lines(lines: list[bytes], at: int) -> int:
    """How many physical lines the record that starts at `at` has: up to the one that makes its
    quotes even.

    One more than there are if it does not end here; 1 if the end is too far away.
    """
    quotes = length = 0
    for end in range(at, len(lines)):
        quotes += lines[end].count(b'"')
        length += len(lines[end]) + 1
        if quotes % 2 == 0:
            return end - at + 1
        if length > MAX_OPEN_BYTES:
            return 1
    return len(lines) - at + 1


def _cells(parts: list[bytes], shape: Shape) -> tuple[list[str] | None, str, str]:
    """The cells of a record, or None with the reason; and its text."""
    data = b"\n".join(parts).removesuffix(b"\r")
    if b'"' in data and not WELL_QUOTED.fullmatch(data):
        return None, "quote", ""
    if len(data) > MAX_RECORD_BYTES:
        return None, "long", ""
    if len(data.translate(None, _CONTROL)) < len(data) or data.count(b"\r") > data.count(b"\r\n"):
        return None, "control", ""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None, "encoding", ""
    csv.field_size_limit(MAX_RECORD_BYTES)
    cells = (
        next(csv.reader(io.StringIO(text, newline=""), strict=True))
        if '"' in text
        else text.split(",")
    )
    if len(cells) != shape.width or any(cells[at] for at in shape.nameless):
        return None, "cells", ""
    return cells, "", text
