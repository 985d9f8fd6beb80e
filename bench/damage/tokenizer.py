"""A tokenizer of CSV of its own, so that the judge shares no code with what it judges."""

import re

BARE = re.compile(rb"[^,\n]*")
QUOTED = re.compile(rb'"((?:[^"]|"")*)"')

Record = tuple[list[str], int]  # cells, and where the next line begins


def record_at(data: bytes, at: int) -> Record | None:
    """The well formed record at a place of UTF-8; None if it is not well formed."""
    record = raw_record_at(data, at)
    if record is None:
        return None
    cells, end = record
    try:
        return [cell.decode() for cell in cells], end
    except UnicodeDecodeError:
        return None


def raw_record_at(data: bytes, at: int) -> tuple[list[bytes], int] | None:
    """The same in any encoding, its cells not decoded."""
    cells = []
    while True:
        quoted = QUOTED.match(data, at)
        found = quoted or BARE.match(data, at)
        assert found  # bare text may be empty
        at = found.end()
        if not quoted and b'"' in found[0]:
            return None
        cell = quoted[1].replace(b'""', b'"') if quoted else found[0]
        if data[at : at + 1] == b",":
            cells.append(cell)
            at += 1
            continue
        is_crlf = data[at : at + 2] == b"\r\n"
        if not is_crlf and data[at : at + 1] not in (b"\n", b""):
            return None
        cells.append(cell if quoted else cell.removesuffix(b"\r"))
        return cells, at + (2 if is_crlf else 1)


def line_starts(data: bytes) -> dict[int, int]:
    """Where each line begins, 1-based; the last one is one after the end."""
    starts, at = {1: 0}, 0
    while (at := data.find(b"\n", at) + 1) > 0:
        starts[len(starts) + 1] = at
    return starts
