"""Rows of interactions are typed, refused with a reason, or duplicates."""

import logging
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from recsys.shop_csv import contract
from recsys.shop_csv.reasons import REASONS
from recsys.shop_csv.reviews import drop_duplicates
from tests.recsys.shop_csv.read_drop import T, read
from tests.stages.merging import REVIEWS, batch_name, counts, merged, quarantine, run
from tests.worlds import (
    DROP_COLUMNS,
    REVIEW_COLUMNS,
    REVIEW_LINES,
    make_shop,
)

# ---- refused rows ----


FORGED = "a,p1,1,fake,,2024-01-01"  # what stands in a text must never pass for a row

BAD_ROWS = {
    "x,p1,5,,": ("", "cells"),
    "x,p1,5,\x07,,2024-01-01": ("", "control"),
    'x,p1,5,a"b,,2024-01-01': ("", "quote"),
    ",p1,5,,,2024-01-01": ("user_id", "id_empty"),
    "x,,5,,,2024-01-01": ("product_id", "id_empty"),
    "x" * 129 + ",p1,5,,,2024-01-01": ("user_id", "id_long"),
    "x,p1,,,,2024-01-01": ("rating", "rating_empty"),
    "x,p1,0,,,2024-01-01": ("rating", "rating_range"),
    "x,p1,năm,,,2024-01-01": ("rating", "rating_number"),
    "x,p1,5,,,": ("cmt_date", "time_empty"),
    "x,p1,5,,,01/02/2024": ("cmt_date", "time_format"),
    "x,p1,5,,,1999-12-31": ("cmt_date", "time_early"),
    ",,,,,": ("user_id", "id_empty"),
}


def test_bad_rows_are_in_quarantine_with_line_text_reason_and_hint(
    tmp_path: Path,
) -> None:
    rows = [
        row
        for pair in zip(
            BAD_ROWS, ["u,p1,5,,,2024-01-01 10:00:00"] * len(BAD_ROWS), strict=True
        )
        for row in pair
    ]
    shop = make_shop(tmp_path, rows)
    shop.configure(merge={"max_refused_share": 0.5})
    found = run(shop)
    assert counts(found) == (26, 1, 12, 13)
    assert quarantine(shop) == [
        (REVIEWS, 2 + 2 * at, *where) for at, where in enumerate(BAD_ROWS.values())
    ]
    table = pl.read_parquet(shop.merged / "quarantine.parquet")
    assert table["raw"].to_list() == list(BAD_ROWS)
    assert table["hint"].to_list() == [
        REASONS[reason].hint for _, reason in BAD_ROWS.values()
    ]
    assert set(table["sha256"].str.len_chars()) == {64}
    reasons = Counter(reason for _, reason in BAD_ROWS.values())
    assert found["quarantined_by_reason"] == reasons
    assert found["quarantined_by_file_and_reason"] == {REVIEWS: reasons}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f'x,p1,5,"bad\x07\n{FORGED}",,2024-01-01', "control"),
        (f'x,p1,5,"bad\n{FORGED}",,2024-01-01,', "cells"),
        (f'x,p1,"6\n{FORGED}",,,2024-01-01', "rating_number"),
        (f'"x\n{FORGED}",p1,5,,,2024-01-01', "id_control"),
        ('x,p1,5,"good,,2024-01-01\nb,p1,4,fine",,2024-01-01', "swallowed"),
    ],
)
def test_a_record_that_is_well_quoted_but_wrong_is_refused_whole(
    tmp_path: Path, row: str, reason: str
) -> None:
    shop = make_shop(tmp_path, [*REVIEW_LINES[:1], row, *REVIEW_LINES[1:]])
    assert counts(run(shop)) == (8, 7, 0, 1)
    table = pl.read_parquet(shop.merged / "quarantine.parquet")
    assert table.select("line", "raw", "reason").rows() == [(3, row, reason)]
    assert [found[-1] for found in merged(shop)] == [
        2,
        *range(4 + row.count("\n"), 10 + row.count("\n")),
    ]


def test_a_quote_that_is_never_closed_costs_its_line_only(tmp_path: Path) -> None:
    shop = make_shop(
        tmp_path, [*REVIEW_LINES[:1], 'x,p1,5,"bad,,2024-01-01', *REVIEW_LINES[1:]]
    )
    assert counts(run(shop)) == (8, 7, 0, 1)
    assert quarantine(shop) == [(REVIEWS, 3, "", "quote")]


def test_a_last_line_without_a_newline_may_be_cut_off_and_is_refused(
    tmp_path: Path,
) -> None:
    shop = make_shop(tmp_path)
    whole = shop.reviews.read_bytes()
    shop.reviews.write_bytes(whole.removesuffix(b"\n"))
    drop = shop.drop(
        "a.csv", "z,p1,5,mới,2024-02-01 10:00:00", "z,p2,5,mới,2024-02-01 10:00:00"
    )
    drop.write_bytes(drop.read_bytes().removesuffix(b":00\n"))
    found = run(shop)
    assert counts(found) == (9, 7, 0, 2)
    assert quarantine(shop) == [
        (REVIEWS, 8, "", "unfinished"),
        (batch_name(found), 3, "", "unfinished"),
    ]
    raws = pl.read_parquet(shop.merged / "quarantine.parquet")["raw"].to_list()
    assert raws == [REVIEW_LINES[-1], "z,p2,5,mới,2024-02-01 10:00"]
    shop.reviews.write_bytes(whole)
    assert counts(run(shop)) == (9, 8, 0, 1)


# ---- columns ----


def test_a_drop_may_have_columns_that_are_not_read_in_any_place(tmp_path: Path) -> None:
    frame, account = read(
        tmp_path / "a.csv",
        f"đẹp,a,p1,5,tốt,{T}",
        f"\ufeffx,b,p1,5,,{T}",
        header=f"processed_comment,{DROP_COLUMNS}",
    )
    assert frame["comment"].to_list() == ["tốt", ""]
    assert account.refused == []


def test_the_processed_comment_stands_in_where_there_is_no_other(
    tmp_path: Path,
) -> None:
    rows = (f"a,p1,5,tốt,tot,{T}", f"b,p1,5,,dep,{T}", f"c,p1,5,,,{T}")
    frame, _ = read(
        tmp_path / "x.csv", *rows, header=REVIEW_COLUMNS, table=contract.REVIEWS
    )
    assert frame["comment"].to_list() == ["tốt", "dep", ""]


def test_columns_that_are_missing_or_not_read_are_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    read(
        tmp_path / "a.csv",
        f"a,p1,5,{T},x",
        header="user_id,product_id,rating,timestamp,màu",
    )
    assert caplog.messages == [
        "a.csv: columns missing, treated as empty: 'comment'",
        "a.csv: columns not read: 'm\\xe0u'",
    ]


# ---- duplicates ----


def test_the_first_of_equal_rows_stays_and_each_file_counts_its_own(
    tmp_path: Path,
) -> None:
    frames, accounts = zip(
        read(tmp_path / "a.csv", f"a,p1,5,x,{T}", f"a,p1,5,x,{T}", f"a,p1,4,x,{T}"),
        read(tmp_path / "b.csv", f"a,p1,5.0,x,{T}Z", f"b,p1,5,x,{T}", f"b,p1,5,x,{T}"),
        strict=True,
    )
    by_name = {account.source.name: account for account in accounts}
    kept = drop_duplicates(pl.concat(frames), by_name)
    assert kept.select("file", "line").rows() == [
        ("a.csv", 2),
        ("a.csv", 4),
        ("b.csv", 3),
    ]
    assert {name: account.counts() for name, account in by_name.items()} == {
        "a.csv": {"read": 3, "accepted": 2, "duplicates": 1, "quarantined": 0},
        "b.csv": {"read": 3, "accepted": 1, "duplicates": 2, "quarantined": 0},
    }


def test_duplicates_are_equal_in_user_product_rating_comment_and_time(
    tmp_path: Path,
) -> None:
    row = "a,p1,5,x,,2024-01-01 10:00:00"
    shop = make_shop(
        tmp_path,
        [
            row,
            row,
            "a,p1,5,x,other,2024-01-01T10:00:00+07:00",
            " a ,p1,5.0,x,,2024-01-01 03:00:00Z",
            "b,p1,5,x,,2024-01-01 10:00:00",
            "a,p2,5,x,,2024-01-01 10:00:00",
            "a,p1,4,x,,2024-01-01 10:00:00",
            "a,p1,5,,,2024-01-01 10:00:00",
            "a,p1,5,x,,2024-01-01 10:00:01",
        ],
    )
    assert counts(run(shop)) == (9, 6, 3, 0)
    assert [row[-1] for row in merged(shop)] == [2, 6, 7, 8, 9, 10]
