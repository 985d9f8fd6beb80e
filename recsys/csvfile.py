"""Read a CSV file strictly (RFC 4180), in blocks, so that any size fits and every line is accounted for.

A record that is not well formed costs its first physical line, and reading goes on at the next one: a quote that
was never closed cannot swallow the rows after it. Blocks without a quote take a fast path through pyarrow; the
others, and those in which something is wrong, are read record by record. Both give the same rows.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv

from recsys.contract import Table
from recsys.errors import DataError

BLOCK_BYTES = 16 << 20
MAX_RECORD_BYTES = 1 << 20  # a record, with all its lines, is at most this long
MAX_COLUMNS = 256

_UTF8_BOM = b"\xef\xbb\xbf"
_CONTROL = bytes({*range(0x20), 0x7F} - set(b"\t\n\r"))
_BLANK_LINE = re.compile(rb"(?:\A|\n)\r?\n")
_WELL_QUOTED = re.compile(r'(?:"(?:[^"]|"")*"|[^",]*)(?:,(?:"(?:[^"]|"")*"|[^",]*))*', re.DOTALL)


@dataclass(frozen=True)
class Refused:
    """A row that is not accepted: where it stands (1-based line), its text, and why (a key of contract.HINTS)."""

    line: int
    raw: str
    column: str
    reason: str


@dataclass
class Block:
    """Rows of a part of a file: `columns` by name as text, `line` (rows,) 1-based, and what was refused."""

    columns: dict[str, pa.StringArray]
    line: np.ndarray
    raw: Sequence[str]
    refused: list[Refused] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.line)


@dataclass(frozen=True)
class Header:
    """The first line of a file: `names` as they stand, and how they compare with the contract."""

    names: tuple[str, ...]
    missing_optional: tuple[str, ...]
    extra: tuple[str, ...]
    bytes_read: int


def read_header(handle: BinaryIO, path: Path, table: Table) -> Header:
    """The header at the start of `handle`. DataError names the file, the column and the next step."""
    first = handle.readline(MAX_RECORD_BYTES)
    text = _decode_header(first, path)
    if not text.strip():
        raise DataError(f"{path}: the file is empty; it needs a header with {', '.join(table.required)}")
    if not _WELL_QUOTED.fullmatch(text):
        raise DataError(f"{path}, line 1: the header has a stray quote; write the column names plainly")
    names = tuple(name.strip() for name in next(csv.reader([text])))
    if len(names) > MAX_COLUMNS:
        raise DataError(
            f"{path}, line 1: {len(names)} columns, at most {MAX_COLUMNS} are read; is this the right file?"
        )
    for name in table.columns:
        if names.count(name) > 1:
            raise DataError(f"{path}, line 1: column {name!r} stands there {names.count(name)} times; keep one")
    missing = [name for name in table.required if name not in names]
    if missing:
        raise DataError(
            f"{path}, line 1: column {missing[0]!r} is missing (found: {', '.join(names[:12])}); "
            f"add it, separated by commas"
        )
    return Header(
        names,
        tuple(name for name in table.columns if name not in names),
        tuple(name for name in names if name not in table.columns),
        len(first),
    )


def _decode_header(first: bytes, path: Path) -> str:
    if first.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(f"{path}: the file looks like UTF-16; save it as UTF-8")
    if b"\0" in first:
        raise DataError(f"{path}, line 1: NUL bytes in the header (UTF-16 or a binary file?); save it as CSV in UTF-8")
    try:
        return first.removeprefix(_UTF8_BOM).decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise DataError(
            f"{path}, line 1: the header is not UTF-8 (windows-1258 or latin-1?); save the file as UTF-8"
        ) from None


def read_blocks(path: Path, table: Table, block_bytes: int = BLOCK_BYTES) -> Iterator[Block]:
    """The rows of `path` with the columns of `table`; an absent optional column is all empty text.

    DataError for what concerns the file as a whole (see `read_header`). A last line without a newline counts.
    """
    with path.open("rb") as handle:
        header = read_header(handle, path, table)
        line, rest = 2, b""
        while data := handle.read(block_bytes):
            rest += data
            cut = rest.rfind(b"\n") + 1
            if not cut and len(rest) > MAX_RECORD_BYTES:
                yield _refuse_endless(rest, line, table)
                rest = _skip_line(handle)
                line += 1
            elif cut:
                parsed, taken = _parse(rest[:cut], line, header, table, last=False)
                line += rest[:taken].count(b"\n")
                rest = rest[taken:]
                yield parsed
        if rest:
            yield _parse(rest, line, header, table, last=True)[0]


def _refuse_endless(data: bytes, line: int, table: Table) -> Block:
    """A block with no row: its one line is longer than any record may be."""
    empty = {name: pa.array([], pa.string()) for name in table.columns}
    raw = data[:1000].decode("utf-8", "backslashreplace")
    return Block(empty, np.array([], dtype=np.int64), [], [Refused(line, raw, "", "long")])


def _skip_line(handle: BinaryIO) -> bytes:
    """What follows the next newline, as far as it was read."""
    while data := handle.read(MAX_RECORD_BYTES):
        if b"\n" in data:
            return data.split(b"\n", 1)[1]
    return b""


def _is_plain(block: bytes) -> bool:
    """No quote, no control character, no blank line, and a carriage return only before a newline."""
    return (
        b'"' not in block
        and len(block.translate(None, _CONTROL)) == len(block)
        and block.count(b"\r") == block.count(b"\r\n")
        and not _BLANK_LINE.search(block)
    )


def _parse(block: bytes, line: int, header: Header, table: Table, *, last: bool) -> tuple[Block, int]:
    """Rows of `block`, whose first line is number `line`, and how many bytes of it were used."""
    if _is_plain(block):
        fast = _parse_plain(block, line, header, table)
        if fast is not None:
            return fast, len(block)
    return _parse_records(block, line, header, table, last=last)


def _parse_plain(block: bytes, line: int, header: Header, table: Table) -> Block | None:
    """Fast path for a block without quotes and control characters; None if a row is not as it should be."""
    lines = block.count(b"\n") + (not block.endswith(b"\n"))
    try:
        read = pyarrow.csv.read_csv(
            pa.BufferReader(block),
            read_options=pyarrow.csv.ReadOptions(
                use_threads=False, block_size=len(block) + 1, column_names=[str(i) for i in range(len(header.names))]
            ),
            parse_options=pyarrow.csv.ParseOptions(quote_char=False, double_quote=False, ignore_empty_lines=False),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={str(i): pa.string() for i in range(len(header.names))},
                include_columns=[str(header.names.index(name)) for name in table.columns if name in header.names],
                strings_can_be_null=False,
                check_utf8=True,
            ),
        )
    except pa.ArrowInvalid:
        return None
    if read.num_rows != lines:
        return None
    found = iter(read.columns)
    empty = pa.repeat("", lines)
    columns = {name: (next(found).combine_chunks() if name in header.names else empty) for name in table.columns}
    return Block(columns, np.arange(line, line + lines), _Lines(block))


class _Lines(Sequence[str]):
    """The physical lines of a block, split only when somebody asks."""

    def __init__(self, block: bytes) -> None:
        self._block = block
        self._lines: list[bytes] | None = None

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        if self._lines is None:
            self._lines = self._block.split(b"\n")
        return self._lines[index].decode("utf-8").rstrip("\r")

    def __len__(self) -> int:
        return self._block.count(b"\n") + (not self._block.endswith(b"\n"))


def _parse_records(block: bytes, line: int, header: Header, table: Table, *, last: bool) -> tuple[Block, int]:
    """Record by record, with a reason for each line that is refused."""
    lines = block.split(b"\n")
    tail = lines.pop()
    if tail and (last or not lines):
        lines.append(tail)
    wanted = [header.names.index(name) if name in header.names else -1 for name in table.columns]
    rows: list[list[str]] = []
    numbers: list[int] = []
    raws: list[str] = []
    refused: list[Refused] = []
    at = used = 0
    while at < len(lines):
        size = _record_lines(lines, at)
        if at + size > len(lines) and not last:  # the record goes on in the next block
            break
        if not lines[at].rstrip(b"\r"):  # a blank line is no row
            used += len(lines[at]) + 1
            at += 1
            continue
        cells, reason, raw = _cells(lines[at : at + size], len(header.names))
        if cells is None:
            size = 1
            raw = lines[at].decode("utf-8", "backslashreplace").rstrip("\r")
            refused.append(Refused(line + at, raw, "", reason))
        else:
            rows.append([cells[i] if i >= 0 else "" for i in wanted])
            numbers.append(line + at)
            raws.append(raw)
        used += sum(len(part) + 1 for part in lines[at : at + size])
        at += size
    columns = zip(*rows, strict=True) if rows else [()] * len(table.columns)
    named = {name: pa.array(column, pa.string()) for name, column in zip(table.columns, columns, strict=True)}
    return Block(named, np.array(numbers, dtype=np.int64), raws, refused), min(used, len(block))


def _record_lines(lines: list[bytes], at: int) -> int:
    """How many physical lines the record that starts at `at` has: up to the one that makes its quotes even."""
    if lines[at].count(b'"') % 2 == 0:
        return 1
    quotes = length = 0
    for size, part in enumerate(lines[at:], start=1):
        quotes += part.count(b'"')
        length += len(part) + 1
        if quotes % 2 == 0:
            return size
        if length > MAX_RECORD_BYTES:
            return 1
    return len(lines) - at + 1


def _cells(parts: list[bytes], width: int) -> tuple[list[str] | None, str, str]:
    """The cells of a record, or None with the reason; and its text."""
    data = b"\n".join(parts).removesuffix(b"\r")
    if len(data.translate(None, _CONTROL)) < len(data) or data.count(b"\r") > data.count(b"\r\n"):
        return None, "control", ""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None, "encoding", ""
    if '"' not in text:
        cells = text.split(",")
    elif _WELL_QUOTED.fullmatch(text):
        cells = next(csv.reader(io.StringIO(text, newline=""), strict=True))
    else:
        return None, "quote", ""
    if len(cells) != width:
        return None, "cells", ""
    return cells, "", text
