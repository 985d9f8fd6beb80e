"""Every line of a CSV is in a row, refused, or blank; the fast path, the slow path and a plain loop
agree.
"""

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recsys.program.errors import DataError
from recsys.shop_csv import csv_file, records, records_at_once
from recsys.shop_csv.contract import STAGING, Table
from recsys.shop_csv.reasons import HINTS
from tests.worlds import complains

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
    refused = any((ord(char) < 32 and char not in "\t\r\n") or char == "\x7f" for char in text)
    return None if refused or "\r" in text.replace("\r\n", "") else text


def plain_cells(text: str) -> tuple[str, ...] | None:
    """The cells of one record, character by character (RFC 4180); None if a quote is out of place."""
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
        ends_here = at == len(lines) and lines[-1].strip(b"\r") and not body.endswith(b"\n")
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
NASTY = ("\r\n", "\r", '"', '"\r', '""', '"a\nb"', '"x,y",z\n', '"a\r\nb",c\r\n', "\0", "\x7f")


def texts(pieces: tuple[str, ...], least: int) -> st.SearchStrategy[bytes]:
    """Bytes of some of the pieces in any order, with bytes that are not UTF-8 among them."""
    one = st.sampled_from([*(piece.encode() for piece in pieces), b"\xff"])
    return st.lists(one, min_size=least, max_size=30).map(b"".join)


@quick
@given(texts(PLAIN + NASTY, 0))
@example(b"")
@example(b'"a\n1,2\n3,4')
@example(b'1,2\n"unclosed,x\n3,4\n5,6\n')
@example("\ufeffa,b\n1,2\n".encode())
@example(b"\r\r\n1,2\n")
@example(b"b,c\n\r")
@example(b'b,c\n"a\nb"\rb,c\n')
@example(b'"a\nb"\r\r\n1,2\n')
@example(b'"a\r\n\nb"\r,\nb,c\n\n"\r\r\n')
def test_any_block_size_gives_what_a_plain_loop_gives_and_no_line_is_lost(body: bytes) -> None:
    rows, refused = plain_loop(body, 2)
    lines = body.split(b"\n")
    filled = {at for at, line in enumerate(lines, start=2) if line.strip(b"\r")}
    for block_bytes in (1, 5, 16, csv_file.BLOCK_BYTES):
        found, bad, covered = read_text(HEADER + body, block_bytes=block_bytes)
        assert found == rows
        assert [line for line, _ in bad] == refused
        assert {reason for _, reason in bad} <= HINTS.keys()
        assert covered >= filled


IN_ORDER = records.Shape(2, ("a", "b"), (0, 1))


def both_paths(
    block: bytes, shape: records.Shape = IN_ORDER, *, last: bool = True
) -> tuple[tuple[records.Block, int] | None, tuple[records.Block, int]]:
    """What the fast and the slow path say of a block."""
    return csv_file.parse(block, 7, shape, last=last), records.parse_records(
        block, 7, shape, last=last
    )


def assert_same(fast: tuple[records.Block, int], slow: tuple[records.Block, int]) -> None:
    """The same rows, lines and texts, and the same lines refused, of the same bytes."""
    (ours, our_bytes), (theirs, their_bytes) = fast, slow
    assert ours.refused == theirs.refused
    assert our_bytes == their_bytes
    for name, column in theirs.columns.items():
        assert ours.columns[name].to_pylist() == column.to_pylist()
    assert ours.line.tolist() == theirs.line.tolist()
    assert [ours.raw[at] for at in range(len(ours))] == list(theirs.raw)


@quick
@given(texts(PLAIN + NASTY, 1), st.booleans(), st.booleans())
@example(b"a,b", False, True)
@example(b'"a",b\n"x""y","p\nq"\n', False, False)
@example(b'"a"\r\n,b\n', False, True)
@example(b'a"b,c\n', False, True)
@example(b'"a"b,c\n', False, True)
@example(b'"",""""\n', True, True)
@example("\ufeffa,b\n".encode(), True, True)
@example("\n\ufeffa,b\n".encode(), True, True)
def test_the_fast_path_gives_what_the_slow_one_gives(
    block: bytes, reordered: bool, last: bool
) -> None:
    shape = records.Shape(2, ("a", "b"), (1, 0) if reordered else (0, 1))
    assert_same(*both_paths(block, shape, last=last))


@pytest.mark.parametrize("block", ["1,2\r\nNA,đ\n,", '"1",2\n"x""y","p\n\nq"\n,"đ, é"'])
def test_a_clean_block_takes_the_fast_path(block: str) -> None:
    shape = records.Shape(2, ("a", "b"), (0, 1))
    fast = records_at_once.parse_block(block.encode(), 7, shape, last=True)
    assert fast is not None and not fast[0].refused
    assert_same(*both_paths(block.encode()))


@pytest.mark.parametrize(
    ("body", "rows", "refused"),
    [
        ("1,2\n", [(2, ("1", "2"))], []),
        ("1,2", [], [(2, "unfinished")]),  # no newline at the end
        (
            '"1\n""x""",2\n3,4\n',
            [(2, ('1\n"x"', "2")), (4, ("3", "4"))],
            [],
        ),  # a record of two lines
        (
            '"1,2\n3,4\n5,6\n',
            [(3, ("3", "4")), (4, ("5", "6"))],
            [(2, "quote")],
        ),  # it cannot swallow what follows
        ('1,x"y\n3,4\n', [(3, ("3", "4"))], [(2, "quote")]),
        (
            "1,2,\n3,4\n5\n",
            [(3, ("3", "4"))],
            [(2, "cells"), (4, "cells")],
        ),  # no shift by a trailing comma
        ("1,\0\n3,4\n", [(3, ("3", "4"))], [(2, "control")]),
        ("1,2\r3,4\n5,6\r\n", [(3, ("5", "6"))], [(2, "control")]),
        (
            "\n1,2\n\r\n\n3,4\n",
            [(3, ("1", "2")), (6, ("3", "4"))],
            [],
        ),  # blank lines count as lines
        ("007,NA\nnull,1e3\n", [(2, ("007", "NA")), (3, ("null", "1e3"))], []),  # text stays text
        ("'1',`2\n", [(2, ("'1'", "`2"))], []),
        (" 1 , 2 \n", [(2, (" 1 ", " 2 "))], []),
    ],
)
def test_known_answers(body: str, rows: list[Row], refused: list[tuple[int, str]]) -> None:
    assert read_text(HEADER + body.encode())[:2] == (rows, refused)


def test_bad_utf8_costs_its_line_only() -> None:
    assert read_text(HEADER + b"1,\xe9\n3,4\n")[:2] == ([(3, ("3", "4"))], [(2, "encoding")])


def test_a_refused_line_keeps_its_text() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(HEADER + b"1,\xe9,3\r\n")
        (block,) = csv_file.read_blocks(path, PAIR)
    assert block.refused == [records.Refused(2, "1,\\xe9,3", "", "encoding")]


def test_a_line_is_refused_for_what_is_wrong_in_it_not_for_what_follows() -> None:
    assert read_text(HEADER + b'1,a"b\n2,\x07\n3,\xe9\n')[1] == [
        (2, "quote"),
        (3, "control"),
        (4, "encoding"),
    ]


def test_a_byte_order_mark_before_the_header_is_no_part_of_a_name() -> None:
    assert read_text("\ufeffa,b\n1,2\n")[0] == [(2, ("1", "2"))]


def test_a_byte_order_mark_inside_the_file_is_read_the_same_wherever_a_block_begins() -> None:
    texts = (HEADER.decode() + "\ufeff1,2\n3,4\n", HEADER.decode() + '\ufeff1,2\n3,"4"\n')
    assert len({str(read_text(text)) for text in texts}) == 1


@pytest.mark.parametrize("tail", ["\n3,4\n", ""])
@pytest.mark.parametrize("block_bytes", [1 << 16, csv_file.BLOCK_BYTES])
@pytest.mark.parametrize("quote", ["", '"'])
def test_a_record_over_the_limit_is_refused_whatever_the_block_size(
    tail: str, block_bytes: int, quote: str
) -> None:
    body = f"1,{quote}{'x' * (BIG + 9)}{quote}{tail}".encode()
    rows, refused, _ = read_text(HEADER + body, block_bytes=block_bytes)
    assert (rows, refused) == ([(3, ("3", "4"))] if tail else [], [(2, "long")])


@pytest.mark.parametrize("block_bytes", [1 << 18, csv_file.BLOCK_BYTES])
@pytest.mark.parametrize(
    "cell", ["x" * 200_000, '"' + "x" * 200_000 + '"', '"' + "x\n" * 100_000 + '"']
)
def test_a_long_cell_under_the_limit_is_a_row(block_bytes: int, cell: str) -> None:
    rows, refused, _ = read_text(HEADER + f"1,{cell}\n".encode(), block_bytes=block_bytes)
    assert (rows, refused) == ([(2, ("1", cell.strip('"')))], [])


def test_absent_optional_columns_are_empty_and_extra_ones_are_not_read() -> None:
    text = "extra,timestamp,rating,product_id,user_id\nx,t,5,p,u\n"
    assert read_text(text, STAGING)[0] == [(2, ("u", "p", "5", "", "t"))]
    assert read_text(text.replace("x,t", '"x",t'), STAGING)[0] == [(2, ("u", "p", "5", "", "t"))]


def test_a_long_name_in_the_header_is_a_name() -> None:
    name = "x" * 200_000
    assert read_text(f"a,b,{name}\n1,2,3\n")[0] == [(2, ("1", "2"))]


def test_the_header_is_compared_with_the_contract(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('"user_id", product_id ,rating,timestamp,color\n')
    with path.open("rb") as handle:
        header = csv_file.read_header(handle, path, STAGING)
    assert header == csv_file.Header(
        ("user_id", "product_id", "rating", "timestamp", "color"),
        ("comment",),
        ("color",),
        path.stat().st_size,
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ("empty", "user_id")),
        (b"\n", ("empty",)),
        (b"\xef\xbb\xbf", ("empty",)),
        (b"   \r\n", ("empty",)),
        ("user_id,product_id,rating,timestamp\n".encode("utf-16"), ("UTF-16", "UTF-8")),
        ("user_id,product_id,rating,timestamp\n".encode("utf-16-le"), ("UTF-16", "UTF-8")),
        ("user_id,product_id,rating,timestamp\n".encode("utf-16-be"), ("UTF-16", "UTF-8")),
        (
            "user_id,product_id,rating,timestamp,giá\n".encode("windows-1252"),
            ("line 1", "not UTF-8"),
        ),
        (b"user_id,product_id,rating\n", ("line 1", "'timestamp' is missing")),
        (b"user_id;product_id;rating;timestamp\n", ("line 1", "'user_id' is missing", "commas")),
        (b"User_ID,product_id,rating,timestamp\n", ("line 1", "'user_id' is missing", "User_ID")),
        (
            b"user_id,product_id,rating,timestamp,user_id\n",
            ("line 1", "'user_id' stands there 2 times"),
        ),
        (b'user_id,product_id,rating,timestamp,"x\n', ("line 1", "quote")),
        (b"user_id,product_id,rating,timestamp" + b",x" * 300 + b"\n", ("line 1", "304 columns")),
        (b"user_id,product_id,rating,timestamp\ru,p,5,t\r", ("line 1",)),  # line ends of an old Mac
        (b"x" * (2 * BIG), ("line 1",)),
    ],
)
def test_a_wrong_header_is_one_line_that_names_file_and_column(
    tmp_path: Path, content: bytes, words: tuple[str, ...]
) -> None:
    path = tmp_path / "drop.csv"
    path.write_bytes(content)
    with complains(DataError, path, *words):
        list(csv_file.read_blocks(path, STAGING))
