"""Which mapping a file fits: by its bytes and its columns, never by its name."""

from pathlib import Path

import polars as pl
import pytest

from recsys.source.forms import fitting, format_of, is_of_contract
from tests.recsys.source.mapping import interactions

ONE = interactions()
DAT = interactions(header=["user", "item", "stars", "when"], text=[], separator="::")
JSON = interactions(format="jsonl", text=[])
PARQUET = interactions(format="parquet", text=[])
ALL = (DAT, ONE, JSON, PARQUET)


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        ("user,item,stars,when\n", ONE),
        ("1::2::5::978300760\n", DAT),
        ('{"user": 1, "item": 2, "stars": 5, "when": 3}\n', JSON),
        ('{"user": 1, "item": 2}\n', None),
        ("who,item,stars,when\n", None),
        ("a::b\n", None),
    ],
)
def test_the_mapping_of_a_text(tmp_path: Path, content: str, wanted: object) -> None:
    path = tmp_path / "drop.txt"
    path.write_text(content)
    assert fitting(path, ALL) is wanted


def test_the_mapping_of_a_table(tmp_path: Path) -> None:
    path = tmp_path / "drop"
    pl.DataFrame({"user": [1], "item": [2], "stars": [3], "when": [4]}).write_parquet(
        path
    )
    assert format_of(path) == "parquet"
    assert fitting(path, ALL) is PARQUET
    assert fitting(path, [ONE]) is None


def test_the_header_of_the_contract(tmp_path: Path) -> None:
    path = tmp_path / "drop.csv"
    for header, wanted in (
        ("user_id,product_id,rating,comment,timestamp", True),
        ("user_id,product_id,stars,timestamp", False),
        ("", False),
    ):
        path.write_text(header)
        assert is_of_contract(path) is wanted
