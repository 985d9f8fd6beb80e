"""No cell starts a formula, and every text comes back."""

import csv
import io
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ops.quarantine.spreadsheet import defuse, restore

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NASTY = st.text(
    st.sampled_from("=+-@\t\r\n;,'\" ＝＠a0701.E“\u00a0"), max_size=12
) | st.text(max_size=30)


@given(NASTY)
@example("'=1")
@example("''=1")
@example("\t\t=")
@example("'007")
@example("\r\n;=")
def test_every_text_comes_back(text: str) -> None:
    assert restore(defuse(text)) == text


@given(NASTY)
def test_no_cell_starts_a_formula_however_it_is_quoted_or_cut(text: str) -> None:
    cell = defuse(text)
    assert not cell.startswith(STARTS)
    assert not cell.lstrip(' "\u00a0“').startswith(STARTS)
    for end in "\t\r\n;":
        for part in cell.split(end)[1:]:
            assert not part.lstrip(' "\u00a0“').startswith(
                ("=", "+", "-", "@", "＝", "＋", "－", "＠")
            )


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("-2", "'-2"),
        ("＝cmd|' /C calc'!A0", "'＝cmd|' /C calc'!A0"),
        (' "=1', "' \"=1"),
        ("'=1", "''=1"),
        ("tốt\n- thơm", "tốt\n'- thơm"),
        ("a;=1+1", "a;'=1+1"),
        ("007", "'007"),
        ("1E5", "'1E5"),
        ("1234567890123456", "'1234567890123456"),
        ("2024-03-01 10:00:00", "'2024-03-01 10:00:00"),
        ("4.50", "'4.50"),
        ("4.5", "4.5"),
        ("123456789012345", "123456789012345"),
        ("0", "0"),
        ("", ""),
        ("'tis nice", "'tis nice"),
        ("10 điểm, tốt", "10 điểm, tốt"),
        ("a@b.vn", "a@b.vn"),
        ("tốt, -10 %", "tốt, -10 %"),
    ],
)
def test_cells(text: str, cell: str) -> None:
    assert defuse(text) == cell


@given(st.lists(NASTY.filter(lambda text: "\0" not in text), min_size=1))
def test_through_a_csv_file(texts: list[str]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL).writerow(map(defuse, texts))
    (row,) = csv.reader(io.StringIO(file.getvalue(), newline=""), strict=True)
    assert list(map(restore, row)) == texts


@pytest.mark.parametrize(
    "text",
    ["'" * 400_000, " " * 400_000, "\t" * 400_000, "0" * 400_000, ";'" * 200_000],
)
def test_long_texts_take_no_longer_than_they_are(text: str) -> None:
    begun = time.monotonic()
    assert restore(defuse(text)) == text
    assert time.monotonic() - begun < 2
