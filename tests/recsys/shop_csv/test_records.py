"""Records one by one: what is wrong in one is said, and costs no more than it must."""

import pytest

from recsys.shop_csv.both_paths import RESTARTS, parse
from recsys.shop_csv.records import (
    MAX_RECORD_BYTES,
    SHOWN_RAW,
    Block,
    Refused,
    Shape,
    parse_records,
    read_record,
)

PAIR = Shape(2, ("a", "b"), (0, 1))
GOOD = "1,2\n"
FORGED = "8,9"


def rows(block: Block) -> list[tuple[int, str, str]]:
    columns = (block.columns[name].to_pylist() for name in ("a", "b"))
    return list(zip(block.line.tolist(), *columns, strict=True))


def test_a_well_quoted_record_that_is_too_long_is_refused_whole() -> None:
    record = f'1,"2\n{FORGED}\n{"x" * MAX_RECORD_BYTES}"'
    block = f"{GOOD}{record}\n{GOOD}".encode()
    for found, _ in (
        parse(block, 6, PAIR, last=False),
        parse_records(block, 6, PAIR, last=False),
    ):
        assert rows(found) == [(6, "1", "2"), (10, "1", "2")]
        assert found.refused == [Refused(7, record[:SHOWN_RAW], "", "long")]


def test_no_row_comes_out_of_a_text_that_is_too_long_whatever_stands_before_it() -> (
    None
):
    record = f'1,"{"x" * MAX_RECORD_BYTES}\n{FORGED}\n"'
    block = ('1,a"b\n' * (RESTARTS + 1) + f"{record}\n{GOOD}").encode()
    found, _ = parse(block, 6, PAIR, last=True)
    assert rows(found) == [(9 + RESTARTS + 1, "1", "2")]


def test_a_column_without_a_name_must_be_empty() -> None:
    shape = Shape(3, ("a", "b"), (0, 1), nameless=(2,))
    block = b'1,2,\n3,4,x\n5,6,""\n'
    for found, _ in (
        parse(block, 6, shape, last=True),
        parse_records(block, 6, shape, last=True),
    ):
        assert rows(found) == [(6, "1", "2"), (8, "5", "6")]
        assert found.refused == [Refused(7, "3,4,x", "", "cells")]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ('"a\nb"\rb,c', "quote"),  # a CR alone ends no cell
        ('"a","b"\r\r', "quote"),
        ("a,b\rc", "control"),
        ('a,"b\rc"', "control"),
        ("a,b\t", ""),
        ('"a","b"\r', ""),  # CR LF
        ('"a","b\r\nc"', ""),
        ("a", "cells"),
    ],
)
def test_what_is_wrong_in_a_record(record: str, reason: str) -> None:
    assert read_record(record.encode().split(b"\n"), PAIR).reason == reason


def test_the_lines_of_a_record_with_a_misplaced_quote_are_read_each_by_itself() -> None:
    found, _ = parse_records(b'"a\nb,c\n"\rd\n', 6, PAIR, last=True)
    assert rows(found) == [(7, "b", "c")]
    assert [(row.line, row.reason) for row in found.refused] == [
        (6, "quote"),
        (8, "quote"),
    ]


def test_a_record_that_is_open_waits_for_the_next_block_unless_it_is_the_last() -> None:
    data = b'1,2\n"a\nb",c'
    waiting, used = parse_records(data, 6, PAIR, last=False)
    assert (rows(waiting), used) == ([(6, "1", "2")], len(GOOD))
    whole, used = parse_records(data, 6, PAIR, last=True)
    assert (rows(whole), used) == ([(6, "1", "2"), (7, "a\nb", "c")], len(data))
