"""Read a CSV file strictly (recsys/shop_csv/records.py), in blocks, so that any size fits and every
line is accounted for.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import charset_normalizer
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from recsys.program.errors import DataError
from recsys.shop_csv.contract import Limits, Table
from recsys.shop_csv.records import (
    MAX_RECORD_BYTES,
    SHOWN_RAW,
    WELL_QUOTED,
    Block,
    Refused,
    Shape,
    parse_records,
)
from recsys.shop_csv.records_at_once import parse_block

RESTARTS = 8  # misplaced quotes in a block after which the rest of it goes record by record

BLOCK_BYTES = 16 << 20
MAX_COLUMNS = 256  # of a header, where no other limit is given

_UTF8_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Source:
    """A file to read: its `name` in reports, its `place` in messages, and how to open it."""

    name: str
    place: str
    open: Callable[[], BinaryIO]

    @staticmethod
    def of(path: Path) -> "Source":
        return Source(path.name, str(path), lambda: path.open("rb"))


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
    """The header at the start of `handle`. DataError names the file, the column and the next step."""
    first = handle.readline(MAX_RECORD_BYTES)
    text = _decode_header(first, place)
    if first and not text.strip() and handle.read(1):
        raise DataError(f"{place}: line 1 is blank; the header must be the first line")
    if not text.strip():
        raise DataError(
            f"{place}: the file is empty; it needs a header with {', '.join(table.required)}"
        )
    if not WELL_QUOTED.fullmatch(text.encode()):
        raise DataError(
            f"{place}, line 1: the header has a stray quote; write the column names plainly"
        )
    if "\r" in text:
        raise DataError(
            f"{place}, line 1: its lines end in CR only; save it with LF or CRLF line ends"
        )
    csv.field_size_limit(MAX_RECORD_BYTES)
    names = tuple(name.strip() for name in next(csv.reader([text])))
    if any(not name.isprintable() for name in names):
        raise DataError(
            f"{place}, line 1: the header has an invisible character ({ascii(text)[:100]}); write it anew"
        )
    if len(names) > max_columns:
        raise DataError(
            f"{place}, line 1: {len(names)} columns, at most {max_columns} are read; is it the right file?"
        )
    for name in names:
        if name in table.columns and names.count(name) > 1:
            raise DataError(
                f"{place}, line 1: column {name!r} stands there {names.count(name)} times; keep one"
            )
    missing = [name for name in table.required if name not in names]
    if missing:
        found = ", ".join(repr(name)[1:-1] for name in names[:12])
        raise DataError(
            f"{place}, line 1: column {missing[0]!r} is missing (found: {found[:300]}); add it, separated by commas"
        )
    return Header(
        names,
        tuple(name for name in table.columns if name not in names),
        tuple(name for name in names if name not in table.columns),
        len(first),
    )


def _decode_header(first: bytes, place: Path | str) -> str:
    if first.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in first:
        raise DataError(
            f"{place}, line 1: the file looks like {guess_encoding(first)}; save it as CSV in UTF-8"
        )
    try:
        return first.removeprefix(_UTF8_BOM).decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise DataError(f"{place}, line 1: the header is not UTF-8, it looks like {guess_encoding(first)}; "
                        f"save the file as UTF-8") from None  # fmt: skip


def guess_encoding(sample: bytes) -> str:
    """What a text that is not UTF-8 seems to be, for a message only."""
    if sample.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "UTF-32"
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")) or (
        b"\0" in sample and len(sample.split(b"\0")) > 3
    ):
        return "UTF-16"
    if b"\0" in sample:
        return "a binary file"
    best = charset_normalizer.from_bytes(sample).best()
    return best.encoding if best else "no known encoding"


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
    taken = rows = 0
    with source.open() as handle:
        header = read_header(handle, source.place, table, limits.columns if limits else MAX_COLUMNS)
        cells = (header.names.index(name) if name in header.names else -1 for name in table.columns)
        nameless = (at for at, name in enumerate(header.names) if not name)
        shape = Shape(len(header.names), table.columns, tuple(cells), tuple(nameless))
        line, rest = 2, b""
        while data := handle.read(block_bytes):
            rest += data
            taken += len(data)
            for block, used in _blocks(rest, line, shape):
                line += rest[:used].count(b"\n") if used >= 0 else 1
                ends_blank = used >= 0 and rest[:used].endswith((b"\n\n", b"\n\r\n"))
                rest = rest[used:] if used >= 0 else _skip_line(handle)
                rows += len(block) + len(block.refused)
                capped = _cap_fields(block, limits)
                capped.ends_blank = ends_blank
                yield capped
            _check_size(source, taken, rows, limits)
        if rest:
            block, _ = parse(rest, line, shape, last=True)
            block = _without_unfinished(block) if rest.rpartition(b"\n")[2].strip(b"\r") else block
            _check_size(source, taken, rows + len(block), limits)
            yield _cap_fields(block, limits)


def _without_unfinished(block: Block) -> Block:
    """The block without its last row; a line that was refused before it came to its end stays
    refused for that.
    """
    if not len(block) or (block.refused and block.refused[-1].line > block.line[-1]):
        return block
    last = Refused(int(block.line[-1]), block.raw[len(block) - 1], "", "unfinished")
    columns = {name: column[:-1] for name, column in block.columns.items()}
    return Block(
        columns,
        block.line[:-1],
        [block.raw[at] for at in range(len(block) - 1)],
        [*block.refused, last],
    )


def _blocks(rest: bytes, line: int, shape: Shape) -> Iterator[tuple[Block, int]]:
    """At most one block of what was read so far, with the bytes it took; -1: all, and the line goes
    on.
    """
    if b"\n" in rest:
        yield parse(rest, line, shape, last=False)
    elif len(rest) > MAX_RECORD_BYTES:
        raw = rest[:SHOWN_RAW].decode("utf-8", "backslashreplace")
        empty = {name: pa.array([], pa.string()) for name in shape.names}
        yield Block(empty, np.array([], dtype=np.int64), [], [Refused(line, raw, "", "long")]), -1


def _skip_line(handle: BinaryIO) -> bytes:
    """What follows the next newline, as far as it was read."""
    while data := handle.read(MAX_RECORD_BYTES):
        if b"\n" in data:
            return data.split(b"\n", 1)[1]
    return b""


def _check_size(source: Source, taken: int, rows: int, limits: Limits | None) -> None:
    """DataError if a file is larger than declared."""
    if limits and taken > limits.file_bytes:
        raise DataError(f"{source.place}: more than {limits.file_bytes} bytes (merge.limits.file_bytes); "
                        f"split the file, or raise the limit")  # fmt: skip
    if limits and rows > limits.rows:
        raise DataError(f"{source.place}: more than {limits.rows} rows (merge.limits.rows); "
                        f"split the file, or raise the limit")  # fmt: skip


def _cap_fields(block: Block, limits: Limits | None) -> Block:
    """The block without rows that have a longer cell than declared; they are refused."""
    if not limits or not len(block):
        return block
    long = {
        name: pc.greater(pc.binary_length(column), limits.field_bytes)
        for name, column in block.columns.items()
    }
    named = [name for name, over in long.items() if pc.any(over).as_py()]
    if not named:
        return block
    over = np.column_stack([long[name].to_numpy(zero_copy_only=False) for name in named])
    bad = np.flatnonzero(over.any(axis=1)).tolist()
    refused = [Refused(int(block.line[at]), block.raw[at][:SHOWN_RAW], named[int(np.argmax(over[at]))], "field_long")
               for at in bad]  # fmt: skip
    good = np.flatnonzero(~over.any(axis=1))
    columns = {name: column.take(pa.array(good)) for name, column in block.columns.items()}
    return Block(
        columns, block.line[good], [block.raw[at] for at in good.tolist()], block.refused + refused
    )


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


def parse(data: bytes, line: int, shape: Shape, *, last: bool) -> tuple[Block, int]:
    """Records of `data`, whose first line is number `line`, and how many bytes they took.

    A record that is not whole stays for the next call, unless this is the `last` one or it is too
    long.
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
        slow, more = parse_records(
            data[used:], line, shape, last=last, enough=1
        )  # past the quote that is misplaced
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
