"""Records of CSV text, one by one: where they begin and end, their cells, and why one is refused.

RFC 4180, strictly: a quote opens a cell at its very beginning and closes it at its very end, `""`
stands for a quote inside, and nothing else. A quote at another place costs its line, and reading
goes on at the next one: a quote that was never closed cannot swallow the rows after it. The very
end of a cell is a comma, LF, CR LF, or the end of the file, not a CR alone. A record with another
fault (number of cells, a control character other than tab and newline, a CR alone, bytes that are
not UTF-8) is refused whole: no line of its quoted text can pass for a row.

This is the plain path, which says why. records_at_once.py reads whole blocks, faster, and gives the
same rows and the same refusals (their tests hold both to a third, plain loop).
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

import numpy as np
import pyarrow as pa

from recsys.shop_csv.columns import of_texts, take

SHOWN_RAW = 10_000  # characters of a refused record that are kept
# after so many bytes without its end, a quote was never closed
MAX_OPEN_BYTES = 32 << 20
MAX_RECORD_BYTES = 1 << 20  # a record, with all its lines, is at most this long

UTF8_BOM = b"\xef\xbb\xbf"
CONTROL = bytes({*range(0x20), 0x7F} - set(b"\t\n\r"))
COMMA, NEWLINE, QUOTE, RETURN = b',\n"\r'

_CELL = rb'(?:"(?:[^"]|"")*"|[^",]*)'
WELL_QUOTED = re.compile(rb"%b(?:,%b)*" % (_CELL, _CELL), re.DOTALL)
_BLANK = (b"", b"\r")


@dataclass(frozen=True)
class Shape:
    """What is read of a record: it has `width` cells, and `cells[i]` is the place of column
    `names[i]`, -1 if that is absent.
    """

    width: int
    names: tuple[str, ...]
    cells: tuple[int, ...]
    nameless: tuple[
        int, ...
    ] = ()  # places without a name in the header: their cells must be empty


@dataclass(frozen=True)
class Refused:
    """A row that is not accepted: its first line (1-based), its text, the column that is wrong
    ("" for the record as a whole), and why (a code of reasons.py).
    """

    line: int
    raw: str
    column: str
    reason: str


class Texts(Protocol):
    """Texts by place, as a list has them; some are cut out only when they are asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, at: int, /) -> str: ...


@dataclass
class Block:
    """Rows of a part of a file, and what was refused there.

    `columns` are texts (rows,) by name, `line` (rows,) int64 is where each row begins, 1-based, and
    `raw` (rows,) is its text. `beside` are records that are refused for their form right before the
    block and right behind it.
    """

    columns: dict[str, pa.StringArray]
    line: np.ndarray
    raw: Texts
    refused: list[Refused] = field(default_factory=list)
    begins_blank: bool = False  # a blank line comes before the first record
    ends_blank: bool = False  # a blank line comes after the last record
    beside: list[Refused] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.line)

    def rows_at(self, kept: np.ndarray, refused: Sequence[Refused] = ()) -> "Block":
        """The block with the rows at `kept` (rows,) int64 only; more is refused of it."""
        cells = {name: take(column, kept) for name, column in self.columns.items()}
        raw = [self.raw[at] for at in kept.tolist()]
        more = [*self.refused, *refused]
        return replace(self, columns=cells, line=self.line[kept], raw=raw, refused=more)

    def broken(self) -> list[Refused]:
        """Records that are refused for their form, before any cell of them is looked at."""
        return [row for row in self.refused if not row.column]


class Parsed(NamedTuple):
    """The records of a text, and how many bytes of it they took."""

    block: Block
    used: int


class Record(NamedTuple):
    """One record: its cells and text, or the reason why it is refused."""

    cells: list[str]
    text: str
    reason: str = ""


def read_record(parts: list[bytes], shape: Shape) -> Record:
    """The record that stands in these lines."""
    data = b"\n".join(parts).removesuffix(b"\r")
    if reason := _fault_of_bytes(data):
        return Record([], "", reason)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return Record([], "", "encoding")
    cells = _split(text)
    if len(cells) != shape.width or any(cells[at] for at in shape.nameless):
        return Record([], "", "cells")
    return Record(cells, text)


def _fault_of_bytes(data: bytes) -> str:
    """Why a record is refused before it is read as text; "" if it is not."""
    if b'"' in data and not WELL_QUOTED.fullmatch(data):
        return "quote"
    if len(data) > MAX_RECORD_BYTES:
        return "long"
    if has_control(data):
        return "control"
    return ""


def count_lines(data: bytes, start: int = 0, end: int | None = None) -> int:
    """How many newlines stand between `start` and `end` (several times as fast as bytes.count)."""
    return int(np.count_nonzero(np.frombuffer(data, np.uint8)[start:end] == NEWLINE))


def has_control(data: bytes) -> bool:
    """Whether there is a control character or a CR alone in it."""
    has_lone_return = data.count(b"\r") > data.count(b"\r\n")
    return has_lone_return or len(data.translate(None, CONTROL)) < len(data)


def _split(text: str) -> list[str]:
    """The cells of a well quoted record."""
    if '"' not in text:
        return text.split(",")
    csv.field_size_limit(MAX_RECORD_BYTES)
    return next(csv.reader(io.StringIO(text, newline=""), strict=True))


def refuse(parts: list[bytes], line: int, reason: str) -> Refused:
    """The record of these lines, the first of which is number `line`, refused for a reason."""
    data = b"\n".join(parts).removesuffix(b"\r")
    return Refused(
        line, data.decode("utf-8", "backslashreplace")[:SHOWN_RAW], "", reason
    )


class _Rows:
    """The rows and refusals of a block that is being read."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.rows: list[list[str]] = []
        self.line: list[int] = []
        self.raw: list[str] = []
        self.refused: list[Refused] = []

    def add(self, record: Record, line: int) -> None:
        self.rows.append(
            [record.cells[at] if at >= 0 else "" for at in self.shape.cells]
        )
        self.line.append(line)
        self.raw.append(record.text)

    def block(self) -> Block:
        names = self.shape.names
        columns = zip(*self.rows, strict=True) if self.rows else [()] * len(names)
        named = {
            name: of_texts(column) for name, column in zip(names, columns, strict=True)
        }
        return Block(named, np.array(self.line, dtype=np.int64), self.raw, self.refused)


def parse_records(
    data: bytes, line: int, shape: Shape, *, last: bool, enough: int | None = None
) -> Parsed:
    """The records of `data`, whose first line is number `line`, with a reason for each refusal.

    Ends after `enough` bytes; and, if more is to come (not `last`), before a record that is open.
    """
    lines = _lines(data, last=last)
    rows = _Rows(shape)
    at = used = 0
    while at < len(lines) and (enough is None or used < enough):
        size = _lines_of_record(lines, at)
        if at + size > len(lines) and not last:
            break
        size = _read_into(rows, lines[at : at + size], line + at)
        used += sum(len(part) + 1 for part in lines[at : at + size])
        at += size
    return Parsed(rows.block(), min(used, len(data)))


def _read_into(rows: _Rows, parts: list[bytes], line: int) -> int:
    """Read one record into `rows`; how many of its lines are done with."""
    if parts[0] in _BLANK:
        return len(parts)
    record = read_record(parts, rows.shape)
    if not record.reason:
        rows.add(record, line)
        return len(parts)
    if record.reason == "quote":  # the next line may begin a row
        parts = parts[:1]
    rows.refused.append(refuse(parts, line, record.reason))
    return len(parts)


def _lines(data: bytes, *, last: bool) -> list[bytes]:
    """The lines without their ends; one that has none is left out unless it is the last of all."""
    lines = data.split(b"\n")
    tail = lines.pop()
    return [*lines, tail] if tail and last else lines


def _lines_of_record(lines: list[bytes], at: int) -> int:
    """How many lines the record that begins at `at` has: up to the one that makes its quotes even.

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
