"""A file in parts gives what the file gives, wherever it is cut."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recsys.shop_csv import file_parts
from recsys.shop_csv.contract import Table
from recsys.shop_csv.csv_file import Source, read_blocks, shape_of
from recsys.shop_csv.file_parts import Part, Seen, parts_of, read_part, settled
from recsys.shop_csv.header import read_header
from recsys.shop_csv.records import Block
from tests.recsys.shop_csv.plain_loop import HEADER, NASTY, PAIR, PLAIN, quick, texts

Row = tuple[Any, ...]


def said(block: Block, table: Table, first_line: int = 0) -> list[Row]:
    """Rows and refusals of a block, and what it is told of its borders."""
    cells = [block.columns[name].to_pylist() for name in table.columns]
    rows = zip(block.line + first_line, *cells, block.raw, strict=True)
    refused = [(row.line + first_line, row.raw, row.reason) for row in block.refused]
    return [*((int(line), *rest) for line, *rest in rows), *refused]


def borders(blocks: Sequence[Block]) -> list[tuple[bool, bool, list[str]]]:
    """What is told of the border before and behind each block."""
    return [
        (one.begins_blank, one.ends_blank, sorted(row.raw for row in one.beside))
        for one in blocks
    ]


def in_parts(path: Path, table: Table, parts: list[Part]) -> tuple[list[Row], int]:
    """What the parts give together, and how many of them are left."""
    source = Source.of(path)
    with path.open("rb") as handle:
        shape = shape_of(read_header(handle, path, table), table)
    blocks: dict[Part, list[Block]] = {}

    def read(asked: list[Part]) -> list[Seen]:
        found = []
        for one in asked:
            seen = Seen()
            blocks[one] = list(read_part(source, shape, one, seen))
            found.append(seen)
        return found

    rows: list[Row] = []
    line, told = 2, []
    for part, seen in settled(parts, read):
        for block in blocks[part]:
            rows += said(block, table, line)
            told.append(block)
        line += seen.lines
    if len(told) == len(parts):  # a block a part
        between = [(one.ends_blank, two.begins_blank) for one, two in pairs(told)]
        assert all(ends == begins for ends, begins in between)
    return sorted(rows), len(told)


def pairs(blocks: list[Block]) -> list[tuple[Block, Block]]:
    return list(itertools.pairwise(blocks))


def whole(path: Path, table: Table) -> list[Row]:
    return sorted(
        row for block in read_blocks(path, table) for row in said(block, table)
    )


@quick
@given(texts(PLAIN + NASTY, 0), st.lists(st.integers(0, 200), max_size=6))
@example(b'1,"2\n3,4\n5",6\n7,8\n', [9])
@example(b"1,2\n\n\n3,4\n", [5])
@example(b"1,2\n3,4\n\n", [8])
@example(b'1,2\n"x\n3,4\n"y\n5,6\n', [7, 11])
@example(b"1,2\n3,4\n5,6", [4, 8])
def test_whatever_is_cut_where(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, wanted: list[int]
) -> None:
    path = tmp_path_factory.mktemp("parts") / "pair.csv"
    path.write_bytes(HEADER + body)
    ends = [at + 1 for at, byte in enumerate(body) if byte == ord("\n")]
    cuts = sorted({end for end in ends if end in wanted and end < len(body)})
    places = [len(HEADER) + at for at in (0, *cuts, len(body))]
    parts = [
        Part(one, end, end == places[-1]) for one, end in itertools.pairwise(places)
    ]
    assert in_parts(path, PAIR, parts)[0] == whole(path, PAIR)


def test_parts_are_cut_before_rows_and_not_in_texts(tmp_path: Path) -> None:
    path = tmp_path / "pair.csv"
    text = "a,b\n" + '1,"2\n3,x,4\n5"\n' * 50
    path.write_text(text)
    parts = parts_of(path, 4, shape(path), 20)
    assert len(parts) > 20
    assert all(text[one.begin :].startswith('1,"2') for one in parts)
    assert [one.begin for one in parts[1:]] == [one.end for one in parts[:-1]]
    assert (parts[0].begin, parts[-1].end) == (4, len(text))
    assert [one.is_end for one in parts] == [False] * (len(parts) - 1) + [True]
    rows, blocks = in_parts(path, PAIR, parts)
    assert (rows, blocks) == (whole(path, PAIR), len(parts))


def test_a_text_full_of_rows_misleads_nobody(tmp_path: Path) -> None:
    """Each line of it is a row by itself; the guess is wrong, and parts become one."""
    path = tmp_path / "pair.csv"
    path.write_text("a,b\n1,2\n" + '3,"' + "8,9\n" * 100 + '"\n' + "5,6\n" * 900)
    parts = parts_of(path, 4, shape(path), 50)
    rows, blocks = in_parts(path, PAIR, parts)
    assert rows == whole(path, PAIR)
    assert 1 < blocks < len(parts)
    assert len([row for row in rows if row[1:3] == ("8", "9")]) == 0


def test_a_lost_quote_costs_its_line_and_no_more(tmp_path: Path) -> None:
    path = tmp_path / "pair.csv"
    path.write_text("a,b\n" + ('1,"2"\n' * 30 + '1,"2\n') * 4 + '3,"4\n5"\n' * 30)
    parts = parts_of(path, 4, shape(path), 60)
    assert in_parts(path, PAIR, parts)[0] == whole(path, PAIR)


def test_neighbours_are_told_what_is_broken_and_blank(tmp_path: Path) -> None:
    path = tmp_path / "pair.csv"
    path.write_text("a,b\n1,2\nbroken\n\n3,4\n")
    parts = [Part(4, 8, False), Part(8, 15, False), Part(15, 20, True)]
    found: dict[Part, list[Block]] = {}
    source = Source.of(path)

    def read(asked: list[Part]) -> list[Seen]:
        seen = [Seen() for _ in asked]
        for one, its in zip(asked, seen, strict=True):
            found[one] = list(read_part(source, shape(path), one, its))
        return seen

    last = [found[part] for part, _ in settled(parts, read)]
    told = borders([block for blocks in last for block in blocks])
    assert told[0] == (False, False, ["broken"])
    assert told[-1][2] == ["broken"]
    assert told[-1][0]


def test_a_file_without_a_row_near_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "pair.csv"
    path.write_text("a,b\n1,2\n" + "x\n" * (file_parts.GUESSES + 50))
    assert len(parts_of(path, 4, shape(path), 20)) == 1


def test_parts_without_a_guess_that_holds_are_read_a_few_times_only() -> None:
    """A text from end to end: 64 parts become one in some rounds, not in 64."""
    parts = [Part(at, at + 1, at == 63) for at in range(64)]
    rounds = 0

    def read(asked: list[Part]) -> list[Seen]:
        nonlocal rounds
        rounds += 1
        return [Seen(is_whole=one.begin == 0 and one.is_end) for one in asked]

    ((left, _),) = settled(parts, read)
    assert (left.begin, left.end) == (0, 64)
    assert rounds <= 8


def shape(path: Path) -> Any:
    with path.open("rb") as handle:
        return shape_of(read_header(handle, path, PAIR), PAIR)
