"""The records of a block all at once: the fast path, equal to the plain one (records.py).

Numpy finds where records begin and end and which are faulty, pyarrow reads the cells of the others.
Reading stops before the first misplaced quote, as what it means is for the plain path to say.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv

from recsys.shop_csv import columns
from recsys.shop_csv.records import (
    COMMA,
    CONTROL,
    MAX_RECORD_BYTES,
    NEWLINE,
    QUOTE,
    RETURN,
    UTF8_BOM,
    Block,
    Parsed,
    Refused,
    Shape,
    has_control,
    read_record,
    refuse,
)

# by code: what may stand before an opening quote and after a closing one
_IS_EDGE = np.isin(np.arange(256), (COMMA, NEWLINE, QUOTE))


class _Slices:
    """Texts of the records of a block, cut out only when they are asked for."""

    def __init__(self, data: bytes, starts: np.ndarray, ends: np.ndarray) -> None:
        self._data, self._starts, self._ends = data, starts, ends

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, at: int) -> str:
        text = self._data[self._starts[at] : self._ends[at]].decode("utf-8")
        return text.removesuffix("\r")


class _Letters(NamedTuple):
    """The bytes of a block, and where its newlines and quotes stand (int64, ascending)."""

    data: bytes
    codes: np.ndarray  # (bytes,) uint8
    newlines: np.ndarray
    quotes: np.ndarray


class _Records(NamedTuple):
    """Where records stand: record i is data[starts[i]:ends[i]], its newline at ends[i]."""

    starts: np.ndarray
    ends: np.ndarray

    def only(self, which: np.ndarray) -> "_Records":
        return _Records(self.starts[which], self.ends[which])


def parse_block(data: bytes, line: int, shape: Shape, *, last: bool) -> Parsed | None:
    """The records before the first misplaced quote; None if there is no such record.

    None also if a record is not UTF-8: the plain path says which.
    """
    letters = _look_at(data)
    records = _records(letters, last=last)
    if not len(records.ends):
        return None
    used = min(int(records.ends[-1]) + 1, len(data))
    blank = _blank(letters, records)
    bad = _faulty(letters, records, shape.width) & ~blank
    good = ~bad & ~blank
    read = _read_columns(_cut(data, records, good), shape, int(good.sum()))
    if read is None:
        return None
    numbers = line + np.searchsorted(letters.newlines, records.starts)
    refused = _refusals(data, records.only(bad), numbers[bad], shape)
    raw = _Slices(data, *records.only(good))
    return Parsed(Block(read, numbers[good], raw, refused), used)


def _look_at(data: bytes) -> _Letters:
    codes = np.frombuffer(data, dtype=np.uint8)
    newlines = np.flatnonzero(codes == NEWLINE)
    quotes = np.flatnonzero(codes == QUOTE) if b'"' in data else newlines[:0]
    return _Letters(data, codes, newlines, quotes)


def _records(letters: _Letters, *, last: bool) -> _Records:
    """The records that end before the first misplaced quote."""
    data, _, newlines, quotes = letters
    ends = newlines[_outside_quotes(newlines, quotes)]
    if last and len(quotes) % 2 == 0 and not data.endswith(b"\n"):
        ends = np.append(ends, len(data))
    starts = np.concatenate([[0], ends[:-1] + 1])[: len(ends)]
    whole = np.searchsorted(ends, _first_misplaced(letters))
    return _Records(starts[:whole], ends[:whole])


def _outside_quotes(places: np.ndarray, quotes: np.ndarray) -> np.ndarray:
    """Which places (places,) bool have an even number of quotes before them."""
    outside: np.ndarray = np.searchsorted(quotes, places) % 2 == 0
    return outside


def _first_misplaced(letters: _Letters) -> int:
    """Place of the first quote that neither begins nor ends a cell, nor is half of an escaped one;
    beyond the last letter if there is none.
    """
    codes = letters.codes
    opening, closing = letters.quotes[::2], letters.quotes[1::2]
    begins = (opening == 0) | _IS_EDGE[codes[np.maximum(opening - 1, 0)]]
    after = _codes_at(codes, closing + 1)
    ends = _IS_EDGE[after]
    returns = np.flatnonzero(after == RETURN)  # a CR alone ends no cell
    ends[returns] = _codes_at(codes, closing[returns] + 2) == NEWLINE
    misplaced = [*opening[~begins][:1], *closing[~ends][:1]]
    return int(min(misplaced, default=len(codes) + 1))


def _codes_at(codes: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The codes (places,) that stand there, newlines beyond the last one."""
    found = codes[np.minimum(places, len(codes) - 1)]
    return np.where(places < len(codes), found, NEWLINE)


def _blank(letters: _Letters, records: _Records) -> np.ndarray:
    """Which records (records,) bool are blank lines."""
    length = records.ends - records.starts
    is_return = letters.codes[records.starts] == RETURN
    blank: np.ndarray = (length == 0) | ((length == 1) & is_return)
    return blank


def _faulty(letters: _Letters, records: _Records, width: int) -> np.ndarray:
    """Which records (records,) bool have another number of cells, a control character, a CR alone,
    or are too long.
    """
    starts, ends = records
    commas = np.flatnonzero(letters.codes == COMMA)
    commas = commas[_outside_quotes(commas, letters.quotes)]
    before = np.searchsorted(commas, np.append(starts, ends[-1] + 1))
    faulty: np.ndarray = np.diff(before) != width - 1
    faulty |= ends - starts > MAX_RECORD_BYTES
    if _may_have_control(letters) and has_control(letters.data):
        wrong = _control_places(letters.codes)
        faulty[np.searchsorted(starts, wrong[wrong <= ends[-1]], side="right") - 1] = (
            True
        )
    return faulty


def _may_have_control(letters: _Letters) -> bool:
    """Whether there is any code below a blank but newlines, or a DEL: a quick look."""
    low = np.count_nonzero(letters.codes < ord(" "))
    return bool(low > len(letters.newlines)) or b"\x7f" in letters.data


def _control_places(codes: np.ndarray) -> np.ndarray:
    """Where control characters and CRs alone stand, in no order."""
    returns = np.flatnonzero(codes == RETURN)
    alone = returns[np.append(codes, 0)[returns + 1] != NEWLINE]
    return np.concatenate([np.flatnonzero(np.isin(codes, list(CONTROL))), alone])


def _refusals(
    data: bytes, bad: _Records, numbers: np.ndarray, shape: Shape
) -> list[Refused]:
    """Records that are refused, the i-th beginning in line numbers[i], with the plain path's
    reasons.
    """
    refused = []
    for start, end, line in zip(bad.starts, bad.ends, numbers, strict=True):
        parts = data[start:end].split(b"\n")
        refused.append(refuse(parts, int(line), read_record(parts, shape).reason))
    return refused


def _cut(data: bytes, records: _Records, good: np.ndarray) -> bytes:
    """The text of the good records: the data itself if all are."""
    starts, ends = records
    if good.all():
        return data[: ends[-1] + 1]
    edges = np.flatnonzero(np.diff(np.concatenate([[False], good, [False]])))
    runs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return b"".join(data[starts[first] : ends[after - 1] + 1] for first, after in runs)


def _read_columns(
    data: bytes, shape: Shape, rows: int
) -> dict[str, pa.StringArray] | None:
    """The columns (rows,) of well formed records; None if one of these has another number of cells
    or is not UTF-8.
    """
    if not columns.is_utf8(data):  # all of it, also the columns that are not read
        return None
    try:
        read = _read_table(data, shape)
    except pa.ArrowInvalid:
        return None
    if read is None or read.num_rows != rows:
        return None
    cells = [column.combine_chunks() for column in read.columns]
    by_place = dict(zip(map(int, read.column_names), cells, strict=True))
    if any(columns.lengths(by_place[at]).any() for at in shape.nameless):
        return None
    empty = columns.of_empty_texts(rows)
    return {
        name: by_place[at] if at >= 0 else empty
        for name, at in zip(shape.names, shape.cells, strict=True)
    }


def _read_table(data: bytes, shape: Shape) -> pa.Table | None:
    """What pyarrow reads, each column named by its place; None if it would drop the first bytes."""
    if data.startswith(UTF8_BOM):
        return None
    quoted = b'"' in data
    names = [str(place) for place in range(shape.width)]
    wanted = [str(place) for place in (*shape.cells, *shape.nameless) if place >= 0]
    return pyarrow.csv.read_csv(
        pa.BufferReader(data),
        read_options=pyarrow.csv.ReadOptions(
            use_threads=False, block_size=len(data) + 1, column_names=names
        ),
        parse_options=pyarrow.csv.ParseOptions(
            quote_char='"' if quoted else False,
            double_quote=quoted,
            newlines_in_values=quoted,
            ignore_empty_lines=False,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            include_columns=wanted,
            strings_can_be_null=False,
            check_utf8=False,
        ),
    )
