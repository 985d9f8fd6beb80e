"""Records of CSV text by the fast path (records_at_once.py) as far as it goes, and by the plain one
(records.py) past what it cannot read.
"""

import numpy as np
import pyarrow as pa

from recsys.shop_csv import columns
from recsys.shop_csv.records import Block, Parsed, Shape, count_lines, parse_records
from recsys.shop_csv.records_at_once import parse_block

RESTARTS = (
    8  # misplaced quotes in a block after which the rest of it goes record by record
)


def parse(data: bytes, line: int, shape: Shape, *, last: bool) -> Parsed:
    """Records of `data`, whose first line is number `line`, and how many bytes they took.

    A record that is not whole stays for the next call, unless this is the `last` one or it is too
    long. The fast path stops at a misplaced quote; the plain one goes past it, record by record,
    and after RESTARTS of them to the end.
    """
    blocks: list[Block] = []
    used = 0
    for _ in range(RESTARTS):
        fast = parse_block(data[used:], line, shape, last=last)
        if fast is None:
            break
        blocks.append(fast.block)
        line += count_lines(data, used, used + fast.used)
        used += fast.used
        if used == len(data):
            break
        slow = parse_records(data[used:], line, shape, last=last, enough=1)
        blocks.append(slow.block)
        line += count_lines(data, used, used + slow.used)
        used += slow.used
        if not slow.used or used == len(data):
            break
    if used < len(data) or not blocks:
        slow = parse_records(data[used:], line, shape, last=last)
        blocks.append(slow.block)
        used += slow.used
    return Parsed(_join(blocks), used)


class _JoinedTexts:
    """Texts of several blocks, in another order."""

    def __init__(self, blocks: list[Block], order: np.ndarray) -> None:
        self._blocks, self._order = blocks, order
        self._first = np.cumsum([0, *map(len, blocks)])

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, at: int) -> str:
        place = int(self._order[at])
        block = int(np.searchsorted(self._first, place, side="right")) - 1
        return self._blocks[block].raw[place - int(self._first[block])]


def _join(blocks: list[Block]) -> Block:
    """One block of several, its rows and what was refused in the order of their lines."""
    if len(blocks) == 1:
        return blocks[0]
    line = np.concatenate([block.line for block in blocks])
    order = np.argsort(line, kind="stable")
    cells = {}
    for name in blocks[0].columns:
        column = pa.concat_arrays([block.columns[name] for block in blocks])
        cells[name] = columns.take(column, order)
    refused = [row for block in blocks for row in block.refused]
    refused.sort(key=lambda row: row.line)
    return Block(cells, line[order], _JoinedTexts(blocks, order), refused)
