"""A CSV file in parts that are read each by itself, and give together what the file gives.

Where a part may end, a guess says: before a line that is a row by itself. Whether a record ends
there only who has read the part before it knows: if one is open there, both parts are read as one.
What a row stands beside is told over the borders: the rows of a part are judged again where its
neighbour has something to say. So no guess shows in what comes out (`settled`).

A block of a part is another one than that of the whole file; recsys/shop_csv/cut_texts.py tells
files that have a blank line behind every row by the blocks that it is given.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from recsys.shop_csv.columns import of_empty_texts
from recsys.shop_csv.contract import Limits
from recsys.shop_csv.csv_file import (
    BLOCK_BYTES,
    OpenRecordError,
    Source,
    blocks_behind,
    linked,
)
from recsys.shop_csv.records import Block, Refused, Shape, count_lines, parse_records

WINDOW = 1 << 20  # bytes behind the wanted place in which a row is looked for
GUESSES = 100  # lines of these that are looked at
ROW_BYTES = 1 << 16  # a row that may begin a part is no longer


class Edge(NamedTuple):
    """What stands at a border: a blank line, and the record, if it is refused for its form."""

    is_blank: bool = False
    broken: Refused | None = None


NOTHING = Edge()


@dataclass(frozen=True)
class Part:
    """The bytes from `begin` to `end`, and what its neighbours say of their side of the borders."""

    begin: int
    end: int
    is_end: bool  # of the file
    before: Edge = NOTHING
    behind: Edge = NOTHING


@dataclass
class Seen:
    """What was seen of a part: how many lines, its own side of both borders; and whether it stands
    by itself: a record ends at its end, and there is one in it.
    """

    lines: int = 0
    first: Edge = NOTHING
    last: Edge = NOTHING
    is_whole: bool = False


# ---- where a file is cut ----
def parts_of(path: Path, begin: int, shape: Shape, part_bytes: int) -> list[Part]:
    """Parts of about `part_bytes` of what stands behind the header, which ends at `begin`."""
    size = path.stat().st_size
    borders = [begin]
    with path.open("rb") as handle:
        while (wanted := borders[-1] + part_bytes) < size:
            found = _row_behind(handle, wanted, shape)
            if found is None or found >= size:
                break
            borders.append(found)
    ends = [*borders[1:], size]
    return [Part(one, end, end == size) for one, end in zip(borders, ends, strict=True)]


def _row_behind(handle: BinaryIO, wanted: int, shape: Shape) -> int | None:
    """Where the next line begins that is a row by itself; None if none is near."""
    handle.seek(wanted)
    window = handle.read(WINDOW)
    at = 0
    for _ in range(GUESSES):
        at = window.find(b"\n", at) + 1
        if not at:
            return None
        row = window[at : at + ROW_BYTES]
        block = parse_records(row, 1, shape, last=False, enough=1).block
        if len(block) == 1 and not block.refused:
            return wanted + at
    return None


# ---- a part is read ----
class _Slice:
    """So many bytes of a file from where it stands, and how many lines they are."""

    def __init__(self, handle: BinaryIO, size: int) -> None:
        self.handle, self.left, self.lines = handle, size, 0

    def read(self, size: int, /) -> bytes:
        data = self.handle.read(min(size, self.left))
        self.left -= len(data)
        self.lines += count_lines(data)
        return data


def read_part(
    source: Source,
    shape: Shape,
    part: Part,
    seen: Seen,
    limits: Limits | None = None,
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[Block]:
    """The blocks of a part, whose first line is number 0; what was seen of it is in `seen` at the
    end. If it does not stand by itself, what came is worth nothing.
    """
    stubs = [
        _stub(shape, part.before, -1),
        _stub(shape, part.behind, np.iinfo(np.int64).max),
    ]
    with source.open() as handle:
        handle.seek(part.begin)
        cut = _Slice(handle, part.end - part.begin)
        blocks = blocks_behind(
            cut, shape, 0, block_bytes, lambda *_: None, is_end=part.is_end
        )

        def between() -> Iterator[Block]:
            yield stubs[0]
            yield from _noted(blocks, seen)
            yield stubs[1]

        try:
            for block in linked(between(), source, limits):
                if not any(block is stub for stub in stubs):
                    yield block
        except OpenRecordError:
            seen.is_whole = False
        seen.lines = cut.lines


def _stub(shape: Shape, edge: Edge, line: int) -> Block:
    """What a neighbour says, as a block without rows."""
    empty = {name: of_empty_texts(0) for name in shape.names}
    refused = [replace(edge.broken, line=line)] if edge.broken else []
    return Block(
        empty,
        np.array([], dtype=np.int64),
        [],
        refused,
        begins_blank=edge.is_blank,
        ends_blank=edge.is_blank,
    )


def _noted(blocks: Iterator[Block], seen: Seen) -> Iterator[Block]:
    """The blocks as they are; what the neighbours ask for is noted."""
    is_blank = False
    for block in blocks:
        is_blank |= block.begins_blank
        if len(block) or block.refused:
            if not seen.is_whole:
                first = block.broken()[:1]
                is_row = first and (block.line[:1] < first[0].line).any()
                seen.first = Edge(is_blank, None if is_row or not first else first[0])
                seen.is_whole = True
            last = block.broken()[-1:]
            is_row = last and (block.line[-1:] > last[0].line).any()
            seen.last = Edge(False, None if is_row or not last else last[0])
            is_blank = block.ends_blank
        else:
            is_blank |= block.ends_blank
        yield block
    seen.last = seen.last._replace(is_blank=is_blank)


# ---- all parts of a file ----
def settled(
    parts: Sequence[Part], read: Callable[[list[Part]], list[Seen]]
) -> list[tuple[Part, Seen]]:
    """The parts that give what the file gives, each with what `read` has seen of it last.

    `read` is asked for parts again: for two as one where a record is open between them, and for
    those whose neighbours have something to say. Whatever it did for others is worth nothing.
    """
    known: dict[Part, Seen] = {}
    while True:
        fresh = [one for one in parts if one not in known]
        known |= zip(fresh, read(fresh), strict=True)
        joined = _joined(parts, known)
        if len(joined) == len(parts):
            joined = _told(parts, known)
            if list(joined) == list(parts):
                return [(one, known[one]) for one in parts]
        parts = joined


def _joined(parts: Sequence[Part], known: dict[Part, Seen]) -> list[Part]:
    """The parts, those that do not stand by themselves together with the next ones, up to twice
    their size: so no part of a file is read more than a few times.
    """
    joined: list[Part] = []
    wanted = 0  # bytes of the last one
    for one in parts:
        is_whole = known[one].is_whole
        if joined and (_size(joined[-1]) < wanted or (one.is_end and not is_whole)):
            joined[-1] = Part(joined[-1].begin, one.end, one.is_end)
        else:
            joined.append(one)
            wanted = 0 if is_whole else 2 * _size(one)
    return joined


def _size(part: Part) -> int:
    return part.end - part.begin


def _told(parts: Sequence[Part], known: dict[Part, Seen]) -> list[Part]:
    """The parts with what their neighbours say."""
    seen = [known[one] for one in parts]
    before = [NOTHING, *(one.last for one in seen[:-1])]
    behind = [*(one.first for one in seen[1:]), NOTHING]
    told = []
    for one, own, left, right in zip(parts, seen, before, behind, strict=True):
        news = (
            left._replace(is_blank=left.is_blank and not own.first.is_blank),
            right._replace(is_blank=right.is_blank and not own.last.is_blank),
        )
        told.append(replace(one, before=news[0], behind=news[1]))
    return told
