"""Every line of a CSV is in a row, refused, or blank, whatever the size of a block."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given

from recsys.shop_csv import csv_file, records
from recsys.shop_csv.contract import STAGING
from recsys.shop_csv.reasons import REASONS
from tests.recsys.shop_csv.plain_loop import (
    BIG,
    HEADER,
    NASTY,
    PAIR,
    PLAIN,
    Row,
    plain_loop,
    quick,
    read_text,
    texts,
)


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
def test_any_block_size_gives_what_a_plain_loop_gives_and_no_line_is_lost(
    body: bytes,
) -> None:
    rows, refused = plain_loop(body, 2)
    lines = body.split(b"\n")
    filled = {at for at, line in enumerate(lines, start=2) if line.strip(b"\r")}
    for block_bytes in (1, 5, 16, csv_file.BLOCK_BYTES):
        found, bad, covered = read_text(HEADER + body, block_bytes=block_bytes)
        assert found == rows
        assert [line for line, _ in bad] == refused
        assert {reason for _, reason in bad} <= REASONS.keys()
        assert covered >= filled


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
        (
            "007,NA\nnull,1e3\n",
            [(2, ("007", "NA")), (3, ("null", "1e3"))],
            [],
        ),  # text stays text
        ("'1',`2\n", [(2, ("'1'", "`2"))], []),
        (" 1 , 2 \n", [(2, (" 1 ", " 2 "))], []),
    ],
)
def test_known_answers(
    body: str, rows: list[Row], refused: list[tuple[int, str]]
) -> None:
    assert read_text(HEADER + body.encode())[:2] == (rows, refused)


def test_bad_utf8_costs_its_line_only() -> None:
    assert read_text(HEADER + b"1,\xe9\n3,4\n")[:2] == (
        [(3, ("3", "4"))],
        [(2, "encoding")],
    )


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


def test_a_byte_order_mark_inside_the_file_is_read_the_same_wherever_a_block_begins() -> (
    None
):
    texts = (
        HEADER.decode() + "\ufeff1,2\n3,4\n",
        HEADER.decode() + '\ufeff1,2\n3,"4"\n',
    )
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
    rows, refused, _ = read_text(
        HEADER + f"1,{cell}\n".encode(), block_bytes=block_bytes
    )
    assert (rows, refused) == ([(2, ("1", cell.strip('"')))], [])


def test_absent_optional_columns_are_empty_and_extra_ones_are_not_read() -> None:
    text = "extra,timestamp,rating,product_id,user_id\nx,t,5,p,u\n"
    assert read_text(text, STAGING)[0] == [(2, ("u", "p", "5", "", "t"))]
    assert read_text(text.replace("x,t", '"x",t'), STAGING)[0] == [
        (2, ("u", "p", "5", "", "t"))
    ]
