"""Rows of files as they are: packed, damaged, with other columns, of any format."""

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from recsys.program.errors import DataError
from recsys.source.foreign_file import Row, first_rows
from tests.recsys.source.mapping import interactions
from tests.worlds import complains

T = "2024-01-01 10:00:00"
HEADER = "user,item,stars,when,note\n"


def read(path: Path, content: bytes, **keys: Any) -> list[Row]:
    path.write_bytes(content)
    return first_rows(path, path.name, interactions(**keys), 100)


def test_a_packed_file_is_unpacked_whatever_its_name_is(tmp_path: Path) -> None:
    content = f"{HEADER}u1,p1,5,{T},good\n".encode()
    plain = read(tmp_path / "a.csv", content)
    assert plain == [Row(2, f"u1,p1,5,{T},good", ["u1", "p1", T, "5", "", "good"])]
    assert read(tmp_path / "b.csv", gzip.compress(content)) == plain


def test_a_packed_file_that_is_cut_off_is_named(tmp_path: Path) -> None:
    content = gzip.compress(HEADER.encode() * 50)[:-9]
    with complains(DataError, "a.csv.gz: damaged", "take it from the shop again"):
        read(tmp_path / "a.csv.gz", content)


def test_a_packed_file_with_other_bytes_inside_is_named(tmp_path: Path) -> None:
    content = bytearray(gzip.compress(HEADER.encode() * 50))
    content[-6] ^= 0xFF  # of the checksum
    with complains(DataError, "a.csv.gz: damaged"):
        read(tmp_path / "a.csv.gz", bytes(content))


def test_parquet_with_damaged_pages_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    rows = {"user": [str(at) for at in range(3000)]}
    for name in ("item", "stars", "when", "note"):
        rows[name] = rows["user"]
    pl.DataFrame(rows).write_parquet(path)
    content = bytearray(path.read_bytes())
    content[4:60] = b"\xff" * 56
    with complains(DataError, "a.parquet: damaged"):
        read(path, bytes(content), format="parquet")


def test_a_column_without_a_name_is_not_taken_for_one_that_the_mapping_does_not_have(
    tmp_path: Path,
) -> None:
    row = ["u1", "p1", T, "5", "", "good"]  # no column of product names
    found = read(tmp_path / "a.csv", f",{HEADER}0,u1,p1,5,{T},good\n".encode())
    assert [one.cells for one in found] == [row]
    path = tmp_path / "a.parquet"
    cells = {"": "0", "user": "u1", "item": "p1", "stars": "5", "when": T}
    pl.DataFrame({**cells, "note": "good"}).write_parquet(path)
    found = read(path, path.read_bytes(), format="parquet")
    assert [list(one.cells) for one in found] == [row]


def test_columns_that_are_needed_are_named(tmp_path: Path) -> None:
    with complains(DataError, "no column 'item', 'when' (found: 'user', 'stars')"):
        read(tmp_path / "a.csv", b"user,stars\n")
    with complains(DataError, "(found: 'Khách hàng', 'a\\x1b')"):
        read(tmp_path / "a.csv", "Khách hàng,a\x1b\n".encode())
    with complains(DataError, "column 'user' stands there 2 times"):
        read(tmp_path / "a.csv", b"user,user,item,stars,when\n")


def test_a_second_header_in_another_order_stops(tmp_path: Path) -> None:
    with complains(DataError, "a.csv, line 3: a second header"):
        read(
            tmp_path / "a.csv",
            f"{HEADER}u,p,5,{T},\nitem,user,stars,when,note\n".encode(),
        )


def test_a_file_without_header_line_begins_at_line_1(tmp_path: Path) -> None:
    keys = {"header": ["user", "item", "stars", "when"], "separator": "::", "text": []}
    found = read(tmp_path / "a.dat", b"1::2::5::978300760\n", **keys)
    assert found == [Row(1, "1::2::5::978300760", ["1", "2", "978300760", "5", ""])]


def test_a_name_of_a_column_may_have_two_lines(tmp_path: Path) -> None:
    header = '"user","item","stars","when","the\nnote"\r\n'
    found = read(
        tmp_path / "a.csv", f"{header}u,p,5,{T},x\n".encode(), text=["the note"]
    )
    assert found == [Row(3, f"u,p,5,{T},x", ["u", "p", T, "5", "", "x"])]


def test_the_header_again_is_said_to_be_it(tmp_path: Path) -> None:
    content = f"{HEADER}u,p,5,{T},\n\ufeff{HEADER}{HEADER}"
    found = read(tmp_path / "a.csv", content.encode())
    assert [row.reason for row in found] == ["", "header", "header"]


def test_the_line_of_excel_that_names_the_separator_is_none(tmp_path: Path) -> None:
    content = f"sep=;\n{HEADER.replace(',', ';')}u1;p1;5;{T};\n".encode()
    assert [row.line for row in read(tmp_path / "a.csv", content, separator=";")] == [3]


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    moment = datetime(2024, 1, 1, 10, tzinfo=UTC)
    pl.DataFrame(
        {
            "user": [8000.0, None],
            "item": ["p1", "p2"],
            "stars": [4, 5],
            "when": [moment, moment.replace(microsecond=5)],
            "note": pl.Series(["a", None], dtype=pl.Categorical),
        }
    ).write_parquet(path)
    found = first_rows(path, path.name, interactions(format="parquet"), 100)
    assert [row.cells for row in found] == [
        ("8000", "p1", "2024-01-01T10:00:00.000000Z", "4", "", "a"),
        ("", "p2", "2024-01-01T10:00:00.000005Z", "5", "", ""),
    ]
    assert [row.line for row in found] == [1, 2]


@pytest.mark.parametrize("content", [b"PAR1", b"PAR1" + b"\0" * 50])
def test_parquet_that_is_damaged_is_named(tmp_path: Path, content: bytes) -> None:
    with complains(DataError, "a.parquet: damaged"):
        read(tmp_path / "a.parquet", content, format="parquet")


def test_utf_16_that_is_cut_off_is_named(tmp_path: Path) -> None:
    content = HEADER.encode("utf-16")[:-1]
    with complains(DataError, "a.csv", "--encoding"):
        read(tmp_path / "a.csv", content, encoding="utf-16")


def test_an_id_that_is_a_list_or_an_object_costs_its_row(tmp_path: Path) -> None:
    content = (
        '{"user": {"id": 1}, "item": "p", "stars": 5, "when": "x"}\n'
        '{"user": "u", "item": ["p", "q"], "stars": 5, "when": "x"}\n'
        '{"user": "u", "item": "p", "stars": 5, "when": "x", "note": ["a", "b"]}\n'
    )
    found = read(tmp_path / "a.jsonl", content.encode(), format="jsonl")
    assert [(row.line, row.reason) for row in found] == [
        (1, "source_nested"),
        (2, "source_nested"),
        (3, ""),
    ]
    path = tmp_path / "a.parquet"
    rows = {"user": ["u"], "item": [["p", "q"]], "stars": [5], "when": ["x"]}
    pl.DataFrame(rows).write_parquet(path)
    (row,) = first_rows(path, "a", interactions(format="parquet"), 9)
    assert row.reason == "source_nested"
