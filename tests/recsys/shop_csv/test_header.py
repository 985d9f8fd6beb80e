"""A header is compared with the contract; a wrong one is one line that says what to do."""

from pathlib import Path

import pytest

from recsys.program.errors import DataError
from recsys.shop_csv import csv_file
from recsys.shop_csv.contract import STAGING
from recsys.shop_csv.header import Header, read_header
from tests.recsys.shop_csv.plain_loop import BIG, read_text
from tests.worlds import complains


def test_a_byte_order_mark_before_the_header_is_no_part_of_a_name() -> None:
    assert read_text("\ufeffa,b\n1,2\n")[0] == [(2, ("1", "2"))]


def test_a_long_name_in_the_header_is_a_name() -> None:
    name = "x" * 200_000
    assert read_text(f"a,b,{name}\n1,2,3\n")[0] == [(2, ("1", "2"))]


def test_the_header_is_compared_with_the_contract(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('"user_id", product_id ,rating,timestamp,color\n')
    with path.open("rb") as handle:
        header = read_header(handle, path, STAGING)
    assert header == Header(
        ("user_id", "product_id", "rating", "timestamp", "color"),
        ("comment",),
        ("color",),
        path.stat().st_size,
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ("empty", "user_id")),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00a", ("gzip", "unpack it")),
        (
            b"PK\x03\x04\x14\x00\x06\x00",
            ("a spreadsheet or an archive", "CSV in UTF-8"),
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ("a spreadsheet", "CSV in UTF-8")),
        (b"PAR1\x15\x04\x15", ("Parquet", "CSV in UTF-8")),
        (b'user_id,product_id\r1,"a\nb"\r', ("CR only",)),
        (b"\n", ("empty",)),
        (b"\xef\xbb\xbf", ("empty",)),
        (b"   \r\n", ("empty",)),
        ("user_id,product_id,rating,timestamp\n".encode("utf-16"), ("UTF-16", "UTF-8")),
        (
            "user_id,product_id,rating,timestamp\n".encode("utf-16-le"),
            ("UTF-16", "UTF-8"),
        ),
        (
            "user_id,product_id,rating,timestamp\n".encode("utf-16-be"),
            ("UTF-16", "UTF-8"),
        ),
        (
            "user_id,product_id,rating,timestamp,giá\n".encode("windows-1252"),
            ("line 1", "not UTF-8"),
        ),
        (b"user_id,product_id,rating\n", ("line 1", "'timestamp' is missing")),
        (
            b"sep=,\nuser_id,product_id\n",
            ("line 1", "names the separator", "take it out"),
        ),
        (b'"sep=;";;;\nuser_id;product_id\n', ("line 1", "names the separator")),
        (
            b"user_id;product_id;rating;timestamp\n",
            ("line 1", "separated by semicolons", "commas"),
        ),
        (b"user_id\tproduct_id\n", ("line 1", "separated by tabs", "commas")),
        (b"x,y\n", ("'user_id', 'product_id', 'rating', 'timestamp' are missing",)),
        (
            b"user_id,product_id\n",
            ("columns 'rating', 'timestamp' are missing", "add them"),
        ),
        (
            b"User_ID,product_id,rating,timestamp\n",
            ("line 1", "'user_id' is missing", "User_ID"),
        ),
        (
            b"user_id,product_id,rating,timestamp,user_id\n",
            ("line 1", "'user_id' stands there 2 times"),
        ),
        (b'user_id,product_id,rating,timestamp,"x\n', ("line 1", "quote")),
        (
            b"user_id,product_id,rating,timestamp" + b",x" * 300 + b"\n",
            ("line 1", "304 columns"),
        ),
        (
            b"user_id,product_id,rating,timestamp\ru,p,5,t\r",
            ("line 1",),
        ),  # line ends of an old Mac
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
