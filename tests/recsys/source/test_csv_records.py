"""Records of any separator: what is written is read, and no line is lost."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.source.csv_records import Dialect, Record, records

TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('",;|\n\t:')
)


def read(text: str, separator: str = ",") -> list[Record]:
    return list(records(io.StringIO(text, newline="\n"), Dialect(separator)))


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


@given(
    st.lists(st.lists(TEXTS, min_size=2, max_size=4), min_size=1),
    st.sampled_from([",", ";", "\t", "|", "::"]),
)
def test_what_a_correct_writer_writes_is_read(
    rows: list[list[str]], separator: str
) -> None:
    text = "".join(separator.join(map(quoted, row)) + "\r\n" for row in rows)
    assert [record.cells for record in read(text, separator)] == rows


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=4), min_size=1))
def test_python_s_own_writer_is_read(rows: list[list[str]]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=";", lineterminator="\n").writerows(rows)
    found = read(file.getvalue(), ";")
    assert [record.cells for record in found if not record.reason] == rows


@given(st.text(st.sampled_from('ab,"\n\r')))
def test_every_line_is_in_a_record_or_blank(text: str) -> None:
    """No line is lost, whatever its quotes are."""
    found = read(text)
    assert [record.line for record in found] == sorted({r.line for r in found})
    lines = text.split("\n")
    inside = {
        record.line + at
        for record in found
        for at in range(record.text.count("\n") + 1)
    }
    for number, line in enumerate(lines, 1):
        assert number in inside or not line.strip("\r"), (text, found)


def test_a_lost_quote_costs_its_line_only() -> None:
    found = read('a,"b\nc,d\ne,"f ""g"""\n')
    assert found == [
        Record(1, 'a,"b', [], "quote"),
        Record(2, "c,d", ["c", "d"]),
        Record(3, 'e,"f ""g"""', ["e", 'f "g"']),
    ]


def test_a_last_line_without_its_end_may_be_cut_off() -> None:
    assert [(r.line, r.reason) for r in read("a,b\n\nc,d")] == [
        (1, ""),
        (3, "unfinished"),
    ]


@pytest.mark.parametrize("separator", ["::", ";"])
def test_a_quote_inside_a_cell_is_a_fault(separator: str) -> None:
    assert read(f'a{separator}b "c" d\n', separator)[0].reason == "quote"
