"""Which mapping a file fits: by its bytes and its columns, never by its name."""

import unicodedata
from pathlib import Path
from typing import Literal

import polars as pl
import pytest

from recsys.source.foreign_file import first_rows
from recsys.source.forms import (
    difference,
    fitting,
    format_of,
    is_of_contract,
    reads_more,
)
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


OTHER = interactions(
    "other.csv", user="kunde", product="sku", time="date", separator=";"
)


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("user,SKU,stars,when,note", "of a.csv: add 'item' (found: 'user', 'SKU',"),
        ("user,items,stars,when,note", "rename 'items' to 'item' (found"),
        (
            "USER,Item,stars,Who",
            "rename 'Item' to 'item' and rename 'USER' to 'user' and",
        ),
        ("user;item;stars;when", "separate the columns by ',', not by ';' (found"),
        (
            "Kunde;SKU;stars;day",
            "of other.csv: add 'date' and rename 'Kunde' to 'kunde'",
        ),
        (
            "kunde,sku,stars,date",
            "of other.csv: separate the columns by ';', not by ','",
        ),
        ("user_id,product_id,rating,stars", ""),  # nearer to the contract
        ("who,what", ""),
        ("", ""),
    ],
)
def test_what_a_file_lacks_to_fit_the_nearest(
    tmp_path: Path, header: str, wanted: str
) -> None:
    path = tmp_path / "drop.csv"
    path.write_text(f"{header}\n")
    assert fitting(path, (ONE, OTHER, JSON)) is None
    found = difference(path, (DAT, JSON, ONE, OTHER))
    assert wanted in found and bool(wanted) is bool(found), found


def test_nothing_is_said_of_half_a_header_or_another_format(tmp_path: Path) -> None:
    path = tmp_path / "drop.csv"
    for content in ("user,item", '{"user": 1}\n'):
        path.write_text(content)
        assert difference(path, (ONE,)) == ""
    for content in ('{"user": 1, "item": 2}', '{"who": 1}\n', '{"user_id": 1}\n'):
        path.write_text(content)
        assert difference(path, (JSON,)) == ""


def test_what_json_lines_and_parquet_lack(tmp_path: Path) -> None:
    path = tmp_path / "drop"
    path.write_text('{"user": 1, "items": 2, "stars": null, "when": 3}\n')
    wanted = "line 1: it fits no mapping of source in params.yaml; the nearest is that of a.csv"
    found = difference(path, ALL)
    assert found.startswith(wanted), found
    assert "rename 'items' to 'item' and add 'stars' (found: 'user', 'when'" in found
    pl.DataFrame({"user": [1], "Item": [2], "stars": [3], "when": [4]}).write_parquet(
        path
    )
    assert "columns: it fits no mapping" in difference(path, ALL)
    assert "rename 'Item' to 'item'" in difference(path, ALL)


def test_names_in_the_place_of_a_row_are_no_row(tmp_path: Path) -> None:
    """In another order, user and product would be exchanged in silence."""
    path = tmp_path / "drop.dat"
    path.write_text("item::user::stars::when\n2::1::5::978300760\n")
    assert fitting(path, ALL) is None
    found = difference(path, (DAT, JSON))
    assert "line 1: it is no row (found: 'item', 'user', 'stars', 'when')" in found
    assert (
        "like a.csv begin with one" in found
        and "(user, product, rating, time)" in found
    )
    path.write_text("item::user::stars::wh")
    assert difference(path, (DAT, JSON)) == ""


def test_utf_16_is_told_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "drop.csv"
    path.write_text("user,item,stars,when\n", encoding="utf-16")
    assert fitting(path, ALL) is None
    assert difference(path, ALL) == (
        "line 1: it seems to be in UTF-16, and its like (a.csv) in utf-8; save it in that"
    )


def test_of_several_mappings_the_one_that_reads_most(tmp_path: Path) -> None:
    """Ratings are no purchases, whichever file `source` names first."""
    path = tmp_path / "drop.csv"
    bought = interactions("orders.csv", rating="", text=[])
    for header, wanted in (
        ("user,item,when,stars,note\n", ONE),
        ("when,item,user,order\n", bought),
    ):
        path.write_text(header)
        for mappings in ((bought, ONE), (ONE, bought)):
            assert fitting(path, mappings) is wanted


def test_the_first_object_may_lack_what_others_have(tmp_path: Path) -> None:
    path = tmp_path / "drop.jsonl"
    guest = '{"user": null, "item": 2, "stars": 5, "when": 3}\n'
    path.write_text(guest)
    assert fitting(path, ALL) is None
    path.write_text(guest + guest.replace("null", "1"))
    assert fitting(path, ALL) is JSON


@pytest.mark.parametrize(
    "start", [b"\x1f\x8b\r\x00", b"PAR1\r\x15", b"user\ritem\r1\r"]
)
def test_a_return_in_the_first_line_is_no_header(tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "drop.csv"
    path.write_bytes(start)
    assert not is_of_contract(path)


def test_a_mapping_may_read_more_than_the_contract(tmp_path: Path) -> None:
    path = tmp_path / "drop.csv"
    keys = {"user": "user_id", "product": "product_id", "time": "timestamp"}
    params = interactions(**keys, rating="rating", text=["review"])
    for header, wanted in (
        ("user_id,product_id,rating,timestamp,review\n", True),
        ("user_id,product_id,rating,timestamp,comment,review\n", False),
        ("user_id,product_id,rating,timestamp\n", False),
    ):
        path.write_text(header)
        assert is_of_contract(path) and fitting(path, [params]) is params
        assert reads_more(path, params) is wanted


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_an_accent_is_the_same_in_both_of_its_forms(
    tmp_path: Path, form: Literal["NFC", "NFD"]
) -> None:
    name = "Đánh giá"
    csv_file, table = tmp_path / "a.csv", tmp_path / "a.parquet"
    csv_file.write_text(
        f"user,item,{unicodedata.normalize(form, name)},when\nu,p,5,x\n"
    )
    pl.read_csv(csv_file).write_parquet(table)
    lines = tmp_path / "a.jsonl"
    lines.write_text(
        f'{{"user":"u","item":"p","{unicodedata.normalize(form, name)}":5,"when":"x"}}\n'
    )
    for rating in (name, unicodedata.normalize("NFD", name)):
        for path, kind in (
            (csv_file, "csv"),
            (table, "parquet"),
            (lines, "jsonl"),
        ):
            params = interactions(format=kind, rating=rating, text=[])
            assert fitting(path, [params]) is params
            assert first_rows(path, "a", params, 1)[0].cells[3] == "5"
