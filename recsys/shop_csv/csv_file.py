"""Read a CSV file strictly (records.py), in blocks, so that any size fits and every line is
accounted for.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

import numpy as np

from recsys.program.errors import DataError
from recsys.shop_csv import columns
from recsys.shop_csv.both_paths import parse
from recsys.shop_csv.contract import Limits, Table
from recsys.shop_csv.header import MAX_COLUMNS, Header, read_header
from recsys.shop_csv.records import (
    MAX_RECORD_BYTES,
    SHOWN_RAW,
    Block,
    Refused,
    Shape,
    count_lines,
)

BLOCK_BYTES = 16 << 20
BLANK_LINES = (b"\n", b"\r\n")


def _as_it_is(block: Block) -> Block:
    return block


@dataclass(frozen=True)
class Source:
    """A file to read: its `name` in reports, its `place` in messages, and how to open it.

    What is opened may be a translation (recsys/source): then `form` is a hash of how it was made,
    and `as_it_stands` gives a block the lines of the file that it was made of.
    """

    name: str
    place: str
    open: Callable[[], BinaryIO]
    form: str = ""
    as_it_stands: Callable[[Block], Block] = _as_it_is

    @staticmethod
    def of(path: Path) -> "Source":
        return Source(path.name, str(path), lambda: path.open("rb"))


def read_blocks(
    source: Path | Source,
    table: Table,
    block_bytes: int = BLOCK_BYTES,
    limits: Limits | None = None,
) -> Iterator[Block]:
    """The rows of a file with the columns of `table`; an absent optional column is all empty text.

    DataError for what concerns the file as a whole: its header (see `read_header`), and a size over
    the limits, which shows while it is read. A last line without a newline may be cut off anywhere:
    it is refused as unfinished.
    """
    source = Source.of(source) if isinstance(source, Path) else source
    return linked(_blocks(source, table, block_bytes, limits), source, limits)


def linked(
    blocks: Iterator[Block], source: Source, limits: Limits | None
) -> Iterator[Block]:
    """The blocks of a source, each told what stands right before it and behind it."""
    former: Block | None = None
    is_blank = False  # before the block, behind the former one
    for block in blocks:
        is_blank |= block.begins_blank
        if not len(block) and not block.refused:  # no record has come to its end
            is_blank |= block.ends_blank
            continue
        block.begins_blank = is_blank
        if former is not None:
            former.ends_blank |= is_blank
            _put_beside(former, block)
            yield source.as_it_stands(_without_long_cells(former, limits))
        former, is_blank = block, block.ends_blank
    if former is not None:
        former.ends_blank |= is_blank
        yield source.as_it_stands(_without_long_cells(former, limits))


def _put_beside(former: Block, block: Block) -> None:
    """Tell each of two blocks what is refused for its form in the other, right beside it."""
    first, last = block.broken()[:1], former.broken()[-1:]
    if first and not (block.line[:1] < first[0].line).any():
        former.beside += first
    if last and not (former.line[-1:] > last[0].line).any():
        block.beside += last


def _blocks(
    source: Source, table: Table, block_bytes: int, limits: Limits | None
) -> Iterator[Block]:
    """The blocks of a file, each by itself."""
    max_columns = limits.columns if limits else MAX_COLUMNS
    with source.open() as handle:
        shape = shape_of(read_header(handle, source.place, table, max_columns), table)

        def check(taken: int, rows: int) -> None:
            check_size(source, taken, rows, limits)

        yield from blocks_behind(handle, shape, 2, block_bytes, check)


class OpenRecordError(Exception):
    """A part of a file ends in the middle of a record."""


class Readable(Protocol):
    """What blocks are read from."""

    def read(self, size: int, /) -> bytes: ...


def blocks_behind(
    handle: Readable,
    shape: Shape,
    line: int,
    block_bytes: int,
    check: Callable[[int, int], None],
    *,
    is_end: bool = True,
) -> Iterator[Block]:
    """The blocks from where `handle` stands, which is line number `line`; `check` is told how many
    bytes and rows there were so far.

    OpenRecordError if the file goes on behind it (not `is_end`) in the middle of a record.
    """
    taken = rows = 0
    rest = b""
    while data := handle.read(block_bytes):
        rest += data
        taken += len(data)
        if step := _next_block(rest, line, shape, handle):
            block, rest, line = step
            rows += len(block) + len(block.refused)
            yield block
        check(taken, rows)
    if rest and not is_end:
        raise OpenRecordError
    if rest:
        block = _last_block(rest, line, shape)
        check(taken, rows + len(block))
        yield block


def shape_of(header: Header, table: Table) -> Shape:
    """What is read of each record of a file with this header."""
    names = header.names
    cells = tuple(names.index(name) if name in names else -1 for name in table.columns)
    nameless = tuple(at for at, name in enumerate(names) if not name)
    return Shape(len(names), table.columns, cells, nameless)


class _Step(NamedTuple):
    """A block, what was read behind it, and the number of the first line of that."""

    block: Block
    rest: bytes
    line: int


def _next_block(data: bytes, line: int, shape: Shape, handle: Readable) -> _Step | None:
    """The whole records of `data`, whose first line is number `line`; None if it has no newline."""
    if b"\n" in data:
        block, used = parse(data, line, shape, last=False)
        block.begins_blank = data.startswith(BLANK_LINES, 0, used)
        block.ends_blank = data.endswith((b"\n\n", b"\n\r\n"), 0, used)
        return _Step(block, data[used:], line + count_lines(data, 0, used))
    if len(data) > MAX_RECORD_BYTES:
        return _Step(_too_long(data, line, shape), _skip_line(handle), line + 1)
    return None


def _too_long(data: bytes, line: int, shape: Shape) -> Block:
    """A block without rows, whose one line is refused as it does not come to an end."""
    empty = {name: columns.of_empty_texts(0) for name in shape.names}
    raw = data[:SHOWN_RAW].decode("utf-8", "backslashreplace")
    return Block(
        empty, np.array([], dtype=np.int64), [], [Refused(line, raw, "", "long")]
    )


def _skip_line(handle: Readable) -> bytes:
    """What follows the next newline, as far as it was read."""
    while data := handle.read(MAX_RECORD_BYTES):
        if b"\n" in data:
            return data.split(b"\n", 1)[1]
    return b""


def _last_block(data: bytes, line: int, shape: Shape) -> Block:
    """The records of the end of a file; one whose last line has no newline is refused."""
    block = parse(data, line, shape, last=True).block
    block.begins_blank = data.startswith(BLANK_LINES)
    tail = data.rpartition(b"\n")[2]
    return _without_unfinished(block) if tail.strip(b"\r") else block


def _without_unfinished(block: Block) -> Block:
    """The block without its last row; a line that was refused before it came to its end stays
    refused for that.
    """
    if not len(block) or (block.refused and block.refused[-1].line > block.line[-1]):
        return block
    at = len(block) - 1
    unfinished = Refused(int(block.line[at]), block.raw[at], "", "unfinished")
    return block.rows_at(np.arange(at), [unfinished])


def check_size(source: Source, taken: int, rows: int, limits: Limits | None) -> None:
    """DataError if a file is larger than declared."""
    if limits is None:
        return
    for count, unit, limit, name in (
        (taken, "bytes", limits.file_bytes, "file_bytes"),
        (rows, "rows", limits.rows, "rows"),
    ):
        if count > limit:
            raise DataError(
                f"{source.place}: more than {limit} {unit} (merge.limits.{name}); "
                f"split the file, or raise the limit"
            )


def _without_long_cells(block: Block, limits: Limits | None) -> Block:
    """The block without rows that have a longer cell than declared; they are refused."""
    if limits is None or not len(block):
        return block
    is_long = {
        name: columns.lengths(column) > limits.field_bytes
        for name, column in block.columns.items()
    }
    named = [name for name, rows in is_long.items() if rows.any()]
    if not named:
        return block
    long = np.column_stack([is_long[name] for name in named])
    refused = []
    for at in np.flatnonzero(long.any(axis=1)).tolist():
        column = named[int(np.argmax(long[at]))]
        raw = block.raw[at][:SHOWN_RAW]
        refused.append(Refused(int(block.line[at]), raw, column, "field_long"))
    return block.rows_at(np.flatnonzero(~long.any(axis=1)), refused)
