"""Columns that are not read, and say of rows that they are no purchases."""

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from recsys.source.params import InteractionFiles
from recsys.source.unread import fault_of_file
from tests.recsys.source.mapping import interactions

HEAD = ["user", "item", "when", "note"]


def orders(**keys: Any) -> InteractionFiles:
    """A mapping of purchases, made by an init that was told nothing."""
    return interactions(**{"rating": "", "ignored": [], **keys})


def drop(folder: Path, name: str, *cells: str) -> Path:
    """A file of such rows with one more column."""
    rows = [f"u,p,2024-01-01,,{cell}" for cell in cells]
    path = folder / "drop.csv"
    path.write_text("\n".join([",".join([*HEAD, name]), *rows, ""]))
    return path


def fault(path: Path, params: InteractionFiles, raw: Path | None = None) -> str:
    return fault_of_file(path, path.name, params, raw)


ODD = [
    ("rating", ("1", "2"), "looks like a rating ('1', '2')"),
    ("Stars", ("good", "bad"), "looks like a rating"),
    ("event type", ("view", "cart"), "looks like the kind of event"),
    ("status", ("paid", "cancelled"), "1 of 2 rows have 'cancelled'"),
    ("status", ("paid", "closed"), "1 of 2 rows have 'closed'"),
    ("state of it", ("", "REFUNDED"), "1 of 2 rows have 'REFUNDED'"),
    ("refund_amount", ("0.00", "9.9"), "1 of 2 rows have '9.9'"),
    ("quantity", ("1", "-1"), "1 of 2 rows have '-1'"),
]


@pytest.mark.parametrize(("name", "cells", "words"), ODD)
def test_such_a_column_is_told_with_what_to_do(
    tmp_path: Path, name: str, cells: tuple[str, ...], words: str
) -> None:
    found = fault(drop(tmp_path, name, *cells), orders())
    assert words in found and repr(name) in found
    assert "a.csv has neither rating nor event" in found and "`ignored`" in found


@pytest.mark.parametrize(("name", "cells", "words"), ODD)
def test_not_where_it_is_known_or_read(
    tmp_path: Path, name: str, cells: tuple[str, ...], words: str
) -> None:
    path = drop(tmp_path, name, *cells)
    assert fault(path, orders(ignored=[name])) == ""
    assert fault(path, interactions(rating="note", text=[])) == ""
    event = {"rating": "", "event": name, "weights": {"x": 1.0}}
    assert fault(path, interactions(**event)) == ""


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("rating", ("", "")),
        ("status", ("paid", "shipped")),
        ("refund_amount", ("0.00", "")),
        ("quantity", ("1", "12")),
        ("discount", ("-1", "0")),
        ("comment", ("5", "I have returned it")),
        ("coupon", ("A1", "B2")),
    ],
)
def test_other_columns_are_let_through(
    tmp_path: Path, name: str, cells: tuple[str, ...]
) -> None:
    assert fault(drop(tmp_path, name, *cells), orders()) == ""


def test_a_mapping_that_does_not_say_is_asked_by_its_raw_files(tmp_path: Path) -> None:
    old = orders(ignored=None)
    path = drop(tmp_path, "status", "cancelled")
    assert "cancelled" in fault(path, old, tmp_path / "raw")
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/a.csv").write_text("user,item,when,note,status\n")
    assert fault(path, old, tmp_path / "raw") == ""
    assert "rating" in fault(drop(tmp_path, "rating", "1"), old, tmp_path / "raw")


def test_a_text_that_is_read_is_a_status_where_it_is_the_word_alone(
    tmp_path: Path,
) -> None:
    path = tmp_path / "drop.csv"
    for note, is_told in (("Cancelled", True), ("I cancelled it", False)):
        path.write_text(f"user,item,when,note\nu,p,2024-01-01,{note}\n")
        assert bool(fault(path, orders())) is is_told


@pytest.mark.parametrize("form", ["jsonl", "parquet", "gz", "headerless"])
def test_files_of_any_form(tmp_path: Path, form: str) -> None:
    path = tmp_path / "drop"
    row = {"user": "u", "item": "p", "when": "2024-01-01", "status": "cancelled"}
    keys: dict[str, Any] = {"text": []}
    if form == "jsonl":
        keys["format"] = form
        path.write_text(f"{json.dumps(row)}\n")
    elif form == "parquet":
        keys["format"] = form
        pl.DataFrame({name: [cell] for name, cell in row.items()}).write_parquet(path)
    elif form == "gz":
        text = f"{','.join(row)}\n{','.join(row.values())}\n"
        path.write_bytes(gzip.compress(text.encode()))
    else:
        keys["header"] = list(row)
        path.write_text(f"{','.join(row.values())}\n")
    assert "'cancelled' in the column 'status'" in fault(path, orders(**keys))


def test_a_file_without_a_row_or_with_a_name_twice_is_let_through(
    tmp_path: Path,
) -> None:
    assert fault(drop(tmp_path, "rating"), orders()) == ""
    assert fault(drop(tmp_path, "rating,rating", "1,2"), orders()) == ""
