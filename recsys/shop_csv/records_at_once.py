"""The fast path of reading records: a block at once, equal to the plain one (records.py)."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from recsys.shop_csv.records import (
    _COMMA,
    _CONTROL,
    _NEWLINE,
    _QUOTE,
    _RETURN,
    _UTF8_BOM,
    MAX_RECORD_BYTES,
    Block,
    Shape,
    _refuse,
)


class _Slices(Sequence[str]):
    """Texts of the records of a block, cut out only when somebody asks."""

    def __init__(self, block: bytes, starts: np.ndarray, ends: np.ndarray) -> None:
        self._block, self._starts, self._ends = block, starts, ends

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        return (
            self._block[self._starts[index] : self._ends[index]].decode("utf-8").removesuffix("\r")
        )

    def __len__(self) -> int:
        return len(self._starts)


def parse_block(data: bytes, line: int, shape: Shape, *, last: bool) -> tuple[Block, int] | None:
    """The fast path: the records before the first misplaced quote, all at once; None if there is no
    such record.

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


def _first_misplaced(letters: np.ndarray, quotes: np.ndarray) -> int:
    """Place of the first quote that neither begins nor ends a cell, nor is half of an escaped one;
    beyond the last letter if there is none.
    """
    opening, closing = quotes[::2], quotes[1::2]
    before = letters[np.maximum(opening - 1, 0)]
    begins = np.isin(before, (_COMMA, _NEWLINE, _QUOTE)) | (opening == 0)
    padded = np.append(letters, (_NEWLINE, _NEWLINE))  # what has no newline ends with the data
    after, second_after = padded[closing + 1], padded[closing + 2]
    ends = np.isin(after, (_COMMA, _NEWLINE, _QUOTE))
    ends |= (after == _RETURN) & (second_after == _NEWLINE)  # a CR alone ends no record
    wrong = [*opening[~begins][:1], *closing[~ends][:1]]
    return int(min(wrong, default=len(letters) + 1))


def _faulty(
    data: bytes,
    letters: np.ndarray,
    quotes: np.ndarray,
    starts: np.ndarray,
    ends: np.ndarray,
    width: int,
) -> np.ndarray:
    """Which records (records,) have another number of cells, a control character, a lone CR, or are
    too long.
    """
    commas = np.flatnonzero(letters == _COMMA)
    commas = commas[np.searchsorted(quotes, commas) % 2 == 0]
    faulty: np.ndarray = (
        np.diff(np.searchsorted(commas, np.append(starts, ends[-1] + 1))) != width - 1
    )
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


def _read_columns(block: bytes, shape: Shape, rows: int) -> dict[str, pa.StringArray] | None:
    """The columns of a block of well formed records; None if one has another number of cells or is
    not UTF-8.
    """
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
            read_options=pyarrow.csv.ReadOptions(
                use_threads=False, block_size=len(block) + 1, column_names=names
            ),
            parse_options=pyarrow.csv.ParseOptions(
                quote_char='"' if quoted else False,
                double_quote=quoted,
                newlines_in_values=quoted,
                ignore_empty_lines=False,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=[
                    str(cell) for cell in (*shape.cells, *shape.nameless) if cell >= 0
                ],
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    if read.num_rows != rows or any(
        pc.any(pc.not_equal(read.column(str(at)), "")).as_py() for at in shape.nameless
    ):
        return None
    empty = pa.repeat("", rows)
    return {
        name: read.column(str(cell)).combine_chunks() if cell >= 0 else empty
        for name, cell in zip(shape.names, shape.cells, strict=True)
    }
