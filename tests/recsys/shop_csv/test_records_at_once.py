"""The fast path gives what the plain one gives, and takes faulty records out of a block."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recsys.shop_csv import records, records_at_once
from recsys.shop_csv.both_paths import parse
from recsys.shop_csv.records import (
    Block,
    Refused,
    parse_records,
)
from recsys.shop_csv.records_at_once import parse_block
from tests.recsys.shop_csv.plain_loop import NASTY, PLAIN, quick, texts

IN_ORDER = records.Shape(2, ("a", "b"), (0, 1))


def both_paths(
    block: bytes, shape: records.Shape = IN_ORDER, *, last: bool = True
) -> tuple[tuple[records.Block, int] | None, tuple[records.Block, int]]:
    """What the fast and the slow path say of a block."""
    return parse(block, 7, shape, last=last), records.parse_records(
        block, 7, shape, last=last
    )


def assert_same(
    fast: tuple[records.Block, int], slow: tuple[records.Block, int]
) -> None:
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
    fast = parse_block(block, 6, IN_ORDER, last=False)
    assert fast is not None
    for found, used in (
        fast,
        parse_records(block, 6, IN_ORDER, last=False),
        parse(block, 6, IN_ORDER, last=False),
    ):
        assert rows(found) == [(6, "1", "2"), (after, "1", "2")]
        assert found.refused == [Refused(7, record, "", reason)]
        assert [found.raw[at] for at in range(len(found))] == ["1,2", "1,2"]
        assert used == len(block)


@pytest.mark.parametrize("record", ['1,a"b', '1,"2"3', '"1,2', '1, "2"'])
def test_a_misplaced_quote_costs_its_line_and_the_fast_path_ends_before_it(
    record: str,
) -> None:
    block = f"{GOOD}{record}\n{GOOD}{GOOD}".encode()
    fast = parse_block(block, 6, IN_ORDER, last=False)
    assert fast is not None
    assert (rows(fast[0]), fast[0].refused, fast[1]) == ([(6, "1", "2")], [], len(GOOD))
    found, used = parse(block, 6, IN_ORDER, last=True)
    assert rows(found) == [(6, "1", "2"), (8, "1", "2"), (9, "1", "2")]
    assert (found.refused, used) == ([Refused(7, record, "", "quote")], len(block))
