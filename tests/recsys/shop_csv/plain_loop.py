"""What a reader should say of a CSV, by a plain loop over its characters; texts to try it with."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st

from recsys.shop_csv import csv_file, records
from recsys.shop_csv.contract import Table

PAIR = Table(file="pair.csv", columns=("a", "b"), required=("a", "b"))
HEADER = b"a,b\n"
BIG = records.MAX_RECORD_BYTES
Row = tuple[int, tuple[str, ...]]
quick = settings(max_examples=300, deadline=None, derandomize=True, database=None)


def read(
    path: Path, table: Table = PAIR, block_bytes: int = csv_file.BLOCK_BYTES
) -> tuple[list[Row], list[tuple[int, str]], set[int]]:
    """Rows as (line, cells), refused lines as (line, reason), and all lines that rows and refusals
    cover.
    """
    rows: list[Row] = []
    refused = []
    covered: list[int] = []
    for block in csv_file.read_blocks(path, table, block_bytes):
        assert len(block.raw) == len(block)
        columns = [block.columns[name].to_pylist() for name in table.columns]
        rows += list(zip(block.line.tolist(), zip(*columns, strict=True), strict=True))
        refused += [(one.line, one.reason) for one in block.refused]
        for at, line in enumerate(block.line.tolist()):
            covered += range(line, line + block.raw[at].count("\n") + 1)
        for one in block.refused:
            covered += range(one.line, one.line + one.raw.count("\n") + 1)
    assert len(covered) == len(set(covered)), "a line was read twice"
    return rows, refused, set(covered)


def read_text(
    text: str | bytes, table: Table = PAIR, block_bytes: int = csv_file.BLOCK_BYTES
) -> tuple[list[Row], list[tuple[int, str]], set[int]]:
    """The same of a file with this content."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pair.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read(path, table, block_bytes)


def plain_text(record: bytes) -> str | None:
    """The record's text without its line end; None if a character is not allowed."""
    try:
        text = record.removesuffix(b"\r").decode("utf-8")
    except UnicodeDecodeError:
        return None
    refused = any(
        (ord(char) < 32 and char not in "\t\r\n") or char == "\x7f" for char in text
    )
    return None if refused or "\r" in text.replace("\r\n", "") else text


def plain_cells(text: str) -> tuple[str, ...] | None:
    """The cells of one record, character by character (RFC 4180); None if a quote is misplaced."""
    cells: list[str] = []
    cell, state, at = "", "start", 0  # start | plain | quoted | closed
    while at < len(text):
        char = text[at]
        at += 1
        if state == "quoted" and char == '"' and text[at : at + 1] == '"':
            cell, at = cell + '"', at + 1
        elif state == "quoted":
            cell, state = (cell, "closed") if char == '"' else (cell + char, state)
        elif char == ",":
            cells, cell, state = [*cells, cell], "", "start"
        elif state == "closed" or (char == '"' and state == "plain"):
            return None
        else:
            cell, state = ("", "quoted") if char == '"' else (cell + char, "plain")
    return None if state == "quoted" else (*cells, cell)


def plain_loop(body: bytes, width: int) -> tuple[list[Row], list[int]]:
    """What a reader should say of the lines after the header: rows, and the numbers of refused
    lines.
    """
    lines = body.split(b"\n")
    if not lines[-1]:
        lines.pop()
    rows: list[Row] = []
    refused = []
    at = 0
    while at < len(lines):
        sizes = (
            size
            for size in range(1, len(lines) - at + 1)
            if b"".join(lines[at : at + size]).count(b'"') % 2 == 0
        )
        size = next(sizes, 1)
        text = plain_text(b"\n".join(lines[at : at + size]))
        cells = None if text is None else plain_cells(text)
        if lines[at] in (b"", b"\r"):
            size = 1
        elif cells is None or len(cells) != width:
            refused.append(at + 2)
            quoted_well = plain_cells(
                b"\n".join(lines[at : at + size]).removesuffix(b"\r").decode("latin-1")
            )
            size = 1 if quoted_well is None else size
        else:
            rows.append((at + 2, cells))
        at += size
        ends_here = (
            at == len(lines) and lines[-1].strip(b"\r") and not body.endswith(b"\n")
        )
        if ends_here and rows and rows[-1][0] == at - size + 2:
            refused.append(rows.pop()[0])  # unfinished
    return rows, refused


PLAIN = (
    "a",
    ",",
    "b,c\n",
    "\n",
    "1,2\r\n",
    "é",
    " ",
    "\t",
    "\ufeff",
    "e,f,g\n",
    "đ,ộ\n",
    "NA,null\n",
    ",\n",
)


NASTY = (
    "\r\n",
    "\r",
    '"',
    '"\r',
    '""',
    '"a\nb"',
    '"x,y",z\n',
    '"a\r\nb",c\r\n',
    "\0",
    "\x7f",
)


def texts(pieces: tuple[str, ...], least: int) -> st.SearchStrategy[bytes]:
    """Bytes of some of the pieces in any order, with bytes that are not UTF-8 among them."""
    one = st.sampled_from([*(piece.encode() for piece in pieces), b"\xff"])
    return st.lists(one, min_size=least, max_size=30).map(b"".join)
