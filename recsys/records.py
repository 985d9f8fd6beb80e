"""Records of CSV text: where they begin and end, their cells, and the reason for each that is not well formed.

RFC 4180, strictly: a quote opens a cell at its very beginning and closes it at its very end, `""` stands for a quote
inside, and nothing else. A quote at another place costs its line, and reading goes on at the next one: a quote that was
never closed cannot swallow the rows after it. A record with another fault (number of cells, a control character other
than tab and newline, bytes that are not UTF-8) is refused whole: no line of its quoted text can pass for a row.

`parse` first tries to check a whole block at once and to hand it to pyarrow; where anything is wrong in it, it goes
record by record. Both give the same rows (tests/recsys/test_csvfile.py holds them to it).
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

RESTARTS = 8  # misplaced quotes in a block after which the rest of it goes record by record
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
    """What is read of a record: it has `width` cells, and `cells[i]` is the place of column `names[i]`, -1: absent."""

    width: int
    names: tuple[str, ...]
    cells: tuple[int, ...]
    nameless: tuple[int, ...] = ()  # places without a name in the header: their cells must be empty


@dataclass(frozen=True)
class Refused:
    """A row that is not accepted: where it stands (1-based line), its text, and why (a key of contract.HINTS)."""

    line: int
    raw: str
    column: str
    reason: str


@dataclass
class Block:
    """Rows of a part of a file: `columns` by name as text, `line` (rows,) 1-based, `raw` (rows,), and the refused."""

    columns: dict[str, pa.StringArray]
    line: np.ndarray
    raw: Sequence[str]
    refused: list[Refused] = field(default_factory=list)
    ends_blank: bool = False  # a blank line comes after the last row

    def __len__(self) -> int:
        return len(self.line)


class _Joined(Sequence[str]):
    """Texts of several blocks, in another order."""

    def __init__(self, blocks: list[Block], order: np.ndarray) -> None:
        self._blocks, self._order = blocks, order
        self._first = np.cumsum([0, *map(len, blocks)])

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        at = int(self._order[index])
        block = int(np.searchsorted(self._first, at, side="right")) - 1
        return self._blocks[block].raw[at - int(self._first[block])]

    def __len__(self) -> int:
        return len(self._order)


class _Slices(Sequence[str]):
    """Texts of the records of a block, cut out only when somebody asks."""

    def __init__(self, block: bytes, starts: np.ndarray, ends: np.ndarray) -> None:
        self._block, self._starts, self._ends = block, starts, ends

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        return self._block[self._starts[index] : self._ends[index]].decode("utf-8").removesuffix("\r")

    def __len__(self) -> int:
        return len(self._starts)


def parse(data: bytes, line: int, shape: Shape, *, last: bool) -> tuple[Block, int]:
    """Records of `data`, whose first line is number `line`, and how many bytes they took.

    A record that is not whole stays for the next call, unless this is the `last` one or it is too long.
    """
    blocks: list[Block] = []
    used = 0
    for _ in range(RESTARTS):
        fast = parse_block(data[used:], line, shape, last=last)
        if fast is None:
            break
        blocks.append(fast[0])
        line += data.count(b"\n", used, used + fast[1])
        used += fast[1]
        if used == len(data):
            break
        slow, more = parse_records(data[used:], line, shape, last=last, enough=1)  # past the quote that is misplaced
        blocks.append(slow)
        line += data.count(b"\n", used, used + more)
        used += more
        if not more or used == len(data):
            break
    if used < len(data) or not blocks:
        slow, more = parse_records(data[used:], line, shape, last=last)
        blocks.append(slow)
        used += more
    return _join(blocks), used


def parse_block(data: bytes, line: int, shape: Shape, *, last: bool) -> tuple[Block, int] | None:
    """The fast path: the records before the first misplaced quote, all at once; None if there is no such record.

    None also if a record is not UTF-8: the plain path says which.
    """
    letters = np.frombuffer(data, dtype=np.uint8)
    newlines = np.flatnonzero(letters == _NEWLINE)
    quotes = np.flatnonzero(letters == _QUOTE) if b'"' in data else newlines[:0]
    ends = newlines[np.searchsorted(quotes, newlines) % 2 == 0]
    if last and len(quotes) % 2 == 0 and not data.endswith(b"\n"):
        ends = np.append(ends, len(data))
    starts = np.concatenate([[0], ends[:-1] + 1])[: len(ends)]
    misplaced = _first_misplaced(letters, quotes)
    whole = np.searchsorted(ends, misplaced)  # records that end before it
    starts, ends = starts[:whole], ends[:whole]
    if not whole:
        return None
    used = min(int(ends[-1]) + 1, len(data))
    blank = (ends == starts) | ((ends == starts + 1) & (letters[starts] == _RETURN))
    bad = _faulty(data, letters, quotes, starts, ends, shape.width) & ~blank
    good = ~bad & ~blank
    columns = _read_columns(_cut(data, starts, ends, good), shape, int(good.sum()))
    if columns is None:
        return None
    numbers = line + np.searchsorted(newlines, starts)
    refused = [
        _refuse(data[starts[at] : ends[at]].split(b"\n"), int(numbers[at]), shape)
        for at in np.flatnonzero(bad).tolist()
    ]
    return Block(columns, numbers[good], _Slices(data, starts[good], ends[good]), refused), used


def _refuse(parts: list[bytes], line: int, shape: Shape) -> Refused:
    """The record of these lines with what is wrong in it."""
    text = b"\n".join(parts).removesuffix(b"\r").decode("utf-8", "backslashreplace")
    return Refused(line, text[:SHOWN_RAW], "", _cells(parts, shape)[1])


def _first_misplaced(letters: np.ndarray, quotes: np.ndarray) -> int:
    """Place of the first quote that neither begins nor ends a cell, nor is half of an escaped one; else the length."""
    opening, closing = quotes[::2], quotes[1::2]
    before = letters[np.maximum(opening - 1, 0)]
    after = letters[np.minimum(closing + 1, len(letters) - 1)]
    wrong_opening = opening[~np.isin(before, (_COMMA, _NEWLINE, _QUOTE)) & (opening > 0)]
    wrong_closing = closing[~np.isin(after, (_COMMA, _NEWLINE, _QUOTE, _RETURN)) & (closing + 1 < len(letters))]
    return int(min([*wrong_opening[:1], *wrong_closing[:1], len(letters) + 1]))


def _faulty(
    data: bytes, letters: np.ndarray, quotes: np.ndarray, starts: np.ndarray, ends: np.ndarray, width: int
) -> np.ndarray:
    """Which records (records,) have another number of cells, a control character, a lone CR, or are too long."""
    commas = np.flatnonzero(letters == _COMMA)
    commas = commas[np.searchsorted(quotes, commas) % 2 == 0]
    faulty: np.ndarray = np.diff(np.searchsorted(commas, np.append(starts, ends[-1] + 1))) != width - 1
    faulty |= ends - starts > MAX_RECORD_BYTES
    if len(data.translate(None, _CONTROL)) < len(data) or data.count(b"\r") > data.count(b"\r\n"):
        returns = np.flatnonzero(letters == _RETURN)
        lone = returns[np.append(letters, 0)[returns + 1] != _NEWLINE]
        wrong = np.concatenate([np.flatnonzero(np.isin(letters, list(_CONTROL))), lone])
        inside = np.searchsorted(starts, wrong[wrong <= ends[-1]], side="right") - 1
        faulty[inside] = True
    return faulty


def _cut(data: bytes, starts: np.ndarray, ends: np.ndarray, good: np.ndarray) -> bytes:
    """The text of the good records: the data itself if all are."""
    if good.all():
        return data[: ends[-1] + 1]
    edges = np.flatnonzero(np.diff(np.concatenate([[False], good, [False]])))
    runs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return b"".join(data[starts[first] : ends[after - 1] + 1] for first, after in runs)


def _join(blocks: list[Block]) -> Block:
    """One block of several, its rows and what was refused in the order of their lines."""
    if len(blocks) == 1:
        return blocks[0]
    line = np.concatenate([block.line for block in blocks])
    order = np.argsort(line, kind="stable")
    columns = {
        name: pa.concat_arrays([block.columns[name] for block in blocks]).take(pa.array(order))
        for name in blocks[0].columns
    }
    refused = sorted((row for block in blocks for row in block.refused), key=lambda row: row.line)
    return Block(columns, line[order], _Joined(blocks, order), refused)


def _read_columns(block: bytes, shape: Shape, rows: int) -> dict[str, pa.StringArray] | None:
    """The columns of a block of well formed records; None if one has another number of cells or is not UTF-8."""
    try:
        block.decode("utf-8")  # all of it, also the columns that are not read
    except UnicodeDecodeError:
        return None
    if block.startswith(_UTF8_BOM):  # pyarrow would drop it
        return None
    quoted = b'"' in block
    names = [str(place) for place in range(shape.width)]
    try:
        read = pyarrow.csv.read_csv(
            pa.BufferReader(block),
            read_options=pyarrow.csv.ReadOptions(use_threads=False, block_size=len(block) + 1, column_names=names),
            parse_options=pyarrow.csv.ParseOptions(
                quote_char='"' if quoted else False,
                double_quote=quoted,
                newlines_in_values=quoted,
                ignore_empty_lines=False,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=[str(cell) for cell in (*shape.cells, *shape.nameless) if cell >= 0],
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    if read.num_rows != rows or any(pc.any(pc.not_equal(read.column(str(at)), "")).as_py() for at in shape.nameless):
        return None
    empty = pa.repeat("", rows)
    return {
        name: read.column(str(cell)).combine_chunks() if cell >= 0 else empty
        for name, cell in zip(shape.names, shape.cells, strict=True)
    }


def parse_records(data: bytes, line: int, shape: Shape, *, last: bool, enough: int | None = None) -> tuple[Block, int]:
    """The plain path: record by record, with a reason for each line that is refused; ends after `enough` bytes."""
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
    named = {name: pa.array(column, pa.string()) for name, column in zip(shape.names, columns, strict=True)}
    return Block(named, np.array(numbers, dtype=np.int64), raws, refused), min(used, len(data))


def _record_lines(lines: list[bytes], at: int) -> int:
    """How many physical lines the record that starts at `at` has: up to the one that makes its quotes even.

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
    cells = next(csv.reader(io.StringIO(text, newline=""), strict=True)) if '"' in text else text.split(",")
    if len(cells) != shape.width or any(cells[at] for at in shape.nameless):
        return None, "cells", ""
    return cells, "", text
