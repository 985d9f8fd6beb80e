"""What a file is: its separator, its header, its columns; and what is no file of rows."""

from pathlib import Path

import polars as pl
import pytest

from ops.init.sniff import Form, sniff
from recsys.program.errors import ConfigError, DataError
from tests.worlds import complains


def look(path: Path, content: str | bytes) -> Form:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return sniff(path, None, None, [])


@pytest.mark.parametrize("mark", [",", ";", "\t", "|", "::"])
def test_the_separator_is_what_all_lines_have_in_common(
    tmp_path: Path, mark: str
) -> None:
    lines = [("user", "item", "note"), ("u1", "p1", "a, b"), ("u2", "p2", '"c; d"')]
    if mark == ",":
        lines[1] = ("u1", "p1", '"a, b"')
    form = look(tmp_path / "a.csv", "".join(mark.join(line) + "\n" for line in lines))
    assert form.separator == mark
    assert form.columns == ("user", "item", "note")
    assert form.rows["user"] == ["u1", "u2"]


def test_a_first_line_with_a_number_is_no_header(tmp_path: Path) -> None:
    form = look(tmp_path / "u.data", "196\t242\t3\t881250949\n186\t302\t3\t891717742\n")
    assert form.header == form.columns == ("column1", "column2", "column3", "column4")
    assert form.rows["column1"] == ["196", "186"]


@pytest.mark.parametrize(
    "when", ["2009-05-04T23:08:57Z", "04/05/2009 10:00", "4.5.2009", "2009-05-04"]
)
def test_a_first_line_with_a_time_is_no_header(tmp_path: Path, when: str) -> None:
    form = look(tmp_path / "plays.tsv", f"user_1\t{when}\tsong\n" * 2)
    assert form.header == ("column1", "column2", "column3")
    named = look(tmp_path / "b.tsv", "2024 total\t1-2 stars\n" + "a\tb\n")
    assert named.columns == ("2024 total", "1-2 stars")


def test_json_lines_have_the_keys_of_all_objects(tmp_path: Path) -> None:
    form = look(tmp_path / "a.jsonl", '{"a": 1, "b": {"c": 2}}\n{"d": 3}\n')
    assert form.format == "jsonl"
    assert form.columns == ("a", "b", "b.c", "d")
    assert form.rows["b.c"] == ["2", ""]


def test_parquet_has_the_columns_of_its_schema(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    pl.DataFrame({"user": ["u1"], "item": [8]}).write_parquet(path)
    form = sniff(path, None, None, [])
    assert (form.format, form.columns) == ("parquet", ("user", "item"))
    assert form.rows == {"user": ["u1"], "item": ["8"]}


def test_what_is_given_is_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("x;a\xe9\n".encode("latin-1"))
    form = sniff(path, "latin-1", ";", ["one", "two"])
    assert form.rows == {"one": ["x"], "two": ["aé"]}


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"PK\x03\x04 [Content_Types].xml", ConfigError, "Save As > CSV UTF-8"),
        (b"PK\x03\x04 opendocument.spreadsheet", ConfigError, "--convert-to csv a.csv"),
        (b"\xd0\xcf\x11\xe0 sheet", ConfigError, "the export of the shop itself"),
        (b"PK\x03\x04 reviews.csv", ConfigError, "unzip a.csv"),
        (b'[{"a": 1}]', ConfigError, "JSON Lines"),
        (b"", DataError, "empty"),
        (b"one\ntwo\n", ConfigError, "--separator"),
    ],
)
def test_what_is_no_file_of_rows_says_what_to_do(
    tmp_path: Path, content: bytes, error: type[Exception], words: str
) -> None:
    with complains(error, "a.csv", words):
        look(tmp_path / "a.csv", content)
    with complains(ConfigError, "b.csv: no such file"):
        sniff(tmp_path / "b.csv", None, None, [])
