"""Ids that are lists or objects are no ids: init stops, merge refuses the row."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ops.init.plan import Answers, UnclearError, interactions_of, products_of
from ops.init.preview import preview
from ops.init.sniff import Form, sniff
from tests.ops.init.now import NOW

ORDER = {"user_id": "u", "product_id": "p", "rating": 5, "date": "2024-01-05"}


def form(folder: Path, *changes: dict[str, Any]) -> Form:
    """A file of JSON Lines: ORDER with these changes."""
    path = folder / "a.jsonl"
    rows = [{**ORDER, "user_id": f"u{at}", **one} for at, one in enumerate(changes)]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return sniff(path, None, None, [])


@pytest.mark.parametrize(
    ("change", "given", "words"),
    [
        (
            {"product_id": ["p0", "p1"]},
            {},
            ["'product_id' holds lists or objects (p0, p1)", "--product COLUMN"],
        ),
        (
            {"product_id": "", "line_items": [{"sku": "a", "qty": 1}]},
            {"product": "line_items"},
            [
                "'line_items' holds lists",
                "write a row for each item",
                "--product COLUMN",
            ],
        ),
        (
            {"user_id": {"id": "u0", "name": "x"}},
            {},
            ["'user_id' holds", "name a key inside (user_id.id, user_id.name)"],
        ),
        ({"rating": [5]}, {"rating": "rating"}, ["'rating' holds", "--rating COLUMN"]),
    ],
)
def test_init_says_that_a_column_holds_lists_or_objects(
    tmp_path: Path, change: dict[str, Any], given: dict[str, str], words: list[str]
) -> None:
    one = form(tmp_path, *[change] * 4)
    with pytest.raises(UnclearError) as caught:
        interactions_of(one, Answers(given), NOW)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_a_key_inside_an_object_is_an_id(tmp_path: Path) -> None:
    change = {"user_id": {"id": "u0", "name": "x"}}
    one = form(tmp_path, *[change] * 4)
    found = interactions_of(one, Answers({"user": "user_id.id"}), NOW)
    assert preview(found, ("iso8601",), "UTC", "2000-01-01", NOW).accepted == 4


def test_one_row_of_many_is_refused(tmp_path: Path) -> None:
    one = form(
        tmp_path, *[{}] * 30, {"product_id": ["p0", "p1"]}, {"user_id": {"id": 1}}
    )
    found = interactions_of(one, Answers(), NOW)
    seen = preview(found, ("iso8601",), "UTC", "2000-01-01", NOW)
    assert (seen.accepted, seen.reasons) == (30, {"source_nested": 2})
    assert [row.line for row in seen.refused] == [31, 32]


def test_lists_in_texts_stay_texts(tmp_path: Path) -> None:
    one = form(tmp_path, *[{"text": ["a", "b"]}] * 3)
    assert one.nested == {"text"}
    found = interactions_of(one, Answers(), NOW)
    assert preview(found, ("iso8601",), "UTC", "2000-01-01", NOW).accepted == 3


def test_parquet_and_products(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    columns = {"user_id": ["u", "v"], "sku": [["p"], ["q", "r"]], "rating": [5, 4]}
    pl.DataFrame({**columns, "date": ["2024-01-05"] * 2}).write_parquet(path)
    one = sniff(path, None, None, [])
    with pytest.raises(UnclearError, match="'sku' holds lists or objects"):
        interactions_of(one, Answers(), NOW)
    with pytest.raises(UnclearError, match="say it with --products-id"):
        products_of(one, "sku")
