"""What no single row shows: a row in a quoted text, a second header in another order."""

from pathlib import Path

import pytest

from recsys.program.errors import DataError
from recsys.shop_csv.contract import REVIEWS
from tests.recsys.shop_csv.read_drop import (
    Z_ROW,
    T,
    Z,
    read,
    read_drop,
)
from tests.worlds import DROP_COLUMNS, REVIEW_COLUMNS, complains

SWALLOWED = (2, "comment", "swallowed")

# ---- a row swallowed inside a quoted text ----


@pytest.mark.parametrize(
    "rows",
    [
        (f'a,p1,5,"good,{T}', f'b,p2,4,fine",{T}'),
        (f'a,p1,5,"good,{T}', f'b,p2,4.5,fine",{T}'),
        (f'a,p1,5,"good,{T}', f'b,p2, 4 ,fine",{T}'),
        (f'a,p1,5,"good,{T}', f"b,p2,4,fine,{T}", f'c,p3,1,bad",{T}'),  # two of them
        (
            'a,p1,5,"good',
            "as ever",
            f'b,p2,4,fine",{T}',
        ),  # after a line of the text itself
        (f'a,p1,5,"good,{T}\r', f'b,p2,4,fine",{T}\r'),
        (f'a,p1,5,"good,{T}', f'Đỗ,p2,4,",{T}'),
        (f'a,p1,5,"good,{T}', f'b,p2,9,fine",{T}'),  # a wrong rating is a rating still
    ],
)
def test_two_quotes_that_are_lost_cost_the_record_and_no_other_row(
    tmp_path: Path, rows: tuple[str, ...]
) -> None:
    assert read_drop(tmp_path, *rows, Z) == ([Z_ROW], [SWALLOWED])


def test_the_text_of_a_swallowed_row_is_kept_to_be_mended(tmp_path: Path) -> None:
    text = f'a,p1,5,"good,{T}\nb,p2,4,fine",{T}'
    _, account = read(tmp_path / "drop.csv", text, Z)
    assert [row.raw for row in account.refused] == [text]


@pytest.mark.parametrize(
    "text",
    [
        "good\nas ever",
        "good, cheap, 5 stars\nfast, kind, and well packed",
        "one\n\ntwo, 5",
        "b,p2,4,fine",  # on the first line: a text may begin as it likes
        "b,p2,4,fine\nas ever",
        "good\np2,4,fine",  # too few cells before the rating
        "good\nb,p2,x4,fine",
        "good\nb,p2,12,fine",  # of two digits: no rating
        "good\n,p2,4,fine",  # a row has a user
        "kem, sữa\n1, 2, 3 bước",
        "good\nb;p2;4;fine",
    ],
)
def test_a_text_of_several_lines_is_a_text(tmp_path: Path, text: str) -> None:
    assert read_drop(tmp_path, f'a,p1,5,"{text}",{T}', Z) == (
        [("a", "p1", 5.0, text), Z_ROW],
        [],
    )


def test_the_order_of_the_columns_says_what_looks_like_a_row(tmp_path: Path) -> None:
    header = "timestamp,rating,product_id,note,user_id,comment"
    rows = (f'{T},5,p1,n,a,"good', f'{T},4,p2,,b,fine"')
    assert read_drop(tmp_path, *rows, f"{T},3,p9,,z,", header=header) == (
        [Z_ROW],
        [SWALLOWED],
    )
    text = "good\nb,p2,4,fine"  # a row of the usual order is none here
    assert read_drop(tmp_path, f'{T},5,p1,n,a,"{text}"', header=header) == (
        [("a", "p1", 5.0, text)],
        [],
    )


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        (
            "user_id,comment,product_id,rating,timestamp",
            (f'a,"good,p1,5,{T}', f'b,fine",p2,4,{T}', f"z,,p9,3,{T}"),
        ),
        (
            "comment,user_id,product_id,timestamp,rating",
            (f'"good,a,p1,{T},5', f'fine",b,p2,{T},4', f",z,p9,{T},3"),
        ),
    ],
)
def test_where_the_rating_stands_behind_the_text_its_own_row_shows_in_it(
    tmp_path: Path, header: str, rows: tuple[str, ...]
) -> None:
    assert read_drop(tmp_path, *rows, header=header) == ([Z_ROW], [SWALLOWED])


@pytest.mark.parametrize(
    "rows",
    [
        (f'a,p1,5,"good,,{T}', f'b,p2,4,fine",,{T}'),
        (f'a,p1,5,,"good,{T}', f'b,p2,4,,fine",{T}'),
        (f'a,p1,5,good,"x,{T}', f'b,p2,4,fine,y",{T}'),
    ],
)
def test_raw_reviews_are_looked_at_like_drops_in_both_texts(
    tmp_path: Path, rows: tuple[str, ...]
) -> None:
    rows = (*rows, f"z,p9,3,,,{T}")
    frame, account = read(
        tmp_path / "x.csv", *rows, header=REVIEW_COLUMNS, table=REVIEWS
    )
    assert frame["user_id"].to_list() == ["z"]
    assert [(row.line, row.column, row.reason) for row in account.refused] == [
        SWALLOWED
    ]


# ---- a second header ----


SWAPPED = "product_id,user_id,rating,comment,timestamp"


@pytest.mark.parametrize(
    "second",
    [
        SWAPPED,
        SWAPPED.replace(",", " , "),
        ",".join(f'"{name}"' for name in SWAPPED.split(",")),
        "timestamp,rating,product_id,user_id,comment",
        "product_id,user_id,rating,timestamp,note",  # another column in place of the comment
        f"{SWAPPED}\r",
        f"\ufeff{SWAPPED}",  # a file that was put behind another
        "product_id,user_id,rating,timestamp",  # of another width
    ],
)
def test_a_second_header_in_another_order_stops_as_what_follows_would_be_misread(
    tmp_path: Path, second: str
) -> None:
    path = tmp_path / "drop.csv"
    with complains(DataError, path, "line 3", "another order", "split"):
        read(path, Z, second, f"p1,b,5,,{T}")


def test_the_same_header_again_is_a_row_that_is_refused_and_no_more(
    tmp_path: Path,
) -> None:
    found = read_drop(tmp_path, Z, DROP_COLUMNS, f"b,p1,5,,{T}")
    assert found == ([Z_ROW, ("b", "p1", 5.0, "")], [(3, "", "header")])


@pytest.mark.parametrize(
    "row",
    [
        f"user_id,product_id,timestamp,comment,{T}",  # the rating is missing among the names
        "timestamp,x,rating,comment,user_id",
        pytest.param(
            'a,p1,năm,"user_id, product_id, rating, timestamp",x',
        ),
    ],
)
def test_a_row_with_some_names_of_columns_is_no_header(
    tmp_path: Path, row: str
) -> None:
    assert read_drop(tmp_path, Z, row) == ([Z_ROW], [(3, "rating", "rating_number")])


def test_rows_of_another_width_than_the_header_are_refused_not_misread(
    tmp_path: Path,
) -> None:
    found = read_drop(tmp_path, Z, "product_id,user_id,rating", f"p1,b,5,{T}")
    assert found == ([Z_ROW], [(3, "", "cells"), (4, "", "cells")])
