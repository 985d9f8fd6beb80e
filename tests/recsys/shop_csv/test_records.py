"""Faulty records are taken out of a block where it is read at once: a few of them do not make the
whole of it slow.
"""

import pytest

from recsys.shop_csv.csv_file import RESTARTS, parse
from recsys.shop_csv.records import (
    MAX_RECORD_BYTES,
    SHOWN_RAW,
    Block,
    Refused,
    Shape,
    parse_records,
)
from recsys.shop_csv.records_at_once import parse_block

PAIR = Shape(2, ("a", "b"), (0, 1))
GOOD = "1,2\n"
FORGED = "8,9"


def rows(block: Block) -> list[tuple[int, str, str]]:
    columns = (block.columns[name].to_pylist() for name in ("a", "b"))
    return list(zip(block.line.tolist(), *columns, strict=True))


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("1,2,3", "cells"),
        ("1", "cells"),
        ('1,"2\n3",4', "cells"),
        (f'1,"2\n{FORGED}\n3",4', "cells"),
        ("1,\x07", "control"),
        (f'1,"\x7f\n{FORGED}\n3"', "control"),
        ("1,2\r3", "control"),
        (f'1,"2\r3\n{FORGED}"', "control"),
    ],
)
def test_a_well_quoted_record_that_is_wrong_is_refused_whole_on_the_fast_path(
    record: str, reason: str
) -> None:
    block = f"{GOOD}{record}\n{GOOD}".encode()
    after = 8 + record.count("\n")
    fast = parse_block(block, 6, PAIR, last=False)
    assert fast is not None
    for found, used in (
        fast,
        parse_records(block, 6, PAIR, last=False),
        parse(block, 6, PAIR, last=False),
    ):
        assert rows(found) == [(6, "1", "2"), (after, "1", "2")]
        assert found.refused == [Refused(7, record, "", reason)]
        assert [found.raw[at] for at in range(len(found))] == ["1,2", "1,2"]
        assert used == len(block)


def test_a_well_quoted_record_that_is_too_long_is_refused_whole() -> None:
    record = f'1,"2\n{FORGED}\n{"x" * MAX_RECORD_BYTES}"'
    block = f"{GOOD}{record}\n{GOOD}".encode()
    for found, _ in (parse(block, 6, PAIR, last=False), parse_records(block, 6, PAIR, last=False)):
        assert rows(found) == [(6, "1", "2"), (10, "1", "2")]
        assert found.refused == [Refused(7, record[:SHOWN_RAW], "", "long")]


def test_no_row_comes_out_of_a_text_that_is_too_long_whatever_stands_before_it() -> None:
    record = f'1,"{"x" * MAX_RECORD_BYTES}\n{FORGED}\n"'
    block = ('1,a"b\n' * (RESTARTS + 1) + f"{record}\n{GOOD}").encode()
    found, _ = parse(block, 6, PAIR, last=True)
    assert rows(found) == [(9 + RESTARTS + 1, "1", "2")]


@pytest.mark.parametrize("record", ['1,a"b', '1,"2"3', '"1,2', '1, "2"'])
def test_a_misplaced_quote_costs_its_line_and_the_fast_path_ends_before_it(record: str) -> None:
    block = f"{GOOD}{record}\n{GOOD}{GOOD}".encode()
    fast = parse_block(block, 6, PAIR, last=False)
    assert fast is not None
    assert (rows(fast[0]), fast[0].refused, fast[1]) == ([(6, "1", "2")], [], len(GOOD))
    found, used = parse(block, 6, PAIR, last=True)
    assert rows(found) == [(6, "1", "2"), (8, "1", "2"), (9, "1", "2")]
    assert (found.refused, used) == ([Refused(7, record, "", "quote")], len(block))


def test_a_column_without_a_name_must_be_empty() -> None:
    shape = Shape(3, ("a", "b"), (0, 1), nameless=(2,))
    block = b'1,2,\n3,4,x\n5,6,""\n'
    for found, _ in (parse(block, 6, shape, last=True), parse_records(block, 6, shape, last=True)):
        assert rows(found) == [(6, "1", "2"), (8, "5", "6")]
        assert found.refused == [Refused(7, "3,4,x", "", "cells")]
