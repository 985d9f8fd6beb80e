"""Every row of every file is accepted, a duplicate or in quarantine; a run that fails changes
nothing.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.house.imports import ROOT
from recsys.program.errors import ConfigError, DataError
from recsys.shop_csv.reasons import HINTS
from stages import merge
from tests.worlds import (
    ATTRIBUTE_LINES,
    PRODUCT_LINES,
    REVIEW_COLUMNS,
    REVIEW_LINES,
    Shop,
    complains,
    lines,
    make_shop,
    snapshot,
)


def run(shop: Shop) -> dict[str, Any]:
    """Merge, and read what it says of the rows."""
    merge.main(shop.raw, shop.staging, shop.batches, shop.merged, shop.metrics, shop.params)
    found: dict[str, Any] = json.loads(shop.metrics.read_text(encoding="utf-8"))
    return found


def command(shop: Shop, **environment: str) -> subprocess.CompletedProcess[str]:
    arguments = [
        shop.raw,
        shop.staging,
        shop.batches,
        shop.merged,
        shop.metrics,
        "--params",
        shop.params,
    ]
    return subprocess.run(
        [sys.executable, "-m", "stages.merge", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def merged(shop: Shop) -> list[tuple[Any, ...]]:
    frame = pl.read_parquet(shop.merged / "interactions.parquet")
    return frame.select(
        "user_id",
        "product_id",
        "rating",
        "comment",
        pl.col("timestamp").dt.to_string("%F %T"),
        "file",
        "line",
    ).rows()


def quarantine(shop: Shop) -> list[tuple[Any, ...]]:
    return (
        pl.read_parquet(shop.merged / "quarantine.parquet")
        .select("file", "line", "column", "reason")
        .rows()
    )


def counts(found: dict[str, Any]) -> tuple[int, int, int, int]:
    return found["read"], found["accepted"], found["duplicates"], found["quarantined"]


def batch_name(found: dict[str, Any]) -> str:
    """The one batch among the files of metrics/merge.json."""
    (name,) = (name for name in found["files"] if name.startswith("000001-"))
    return str(name)


REVIEWS = "data_reviews_purchase.csv"


# ---- what is accepted ----


def test_rows_are_typed_and_times_are_utc(tmp_path: Path) -> None:
    shop = make_shop(
        tmp_path, ["007,p1,4.5, tốt ,x,2024-01-01 10:00:00", "7,p9,5,,tot lam,2024-01-01T10:00:00Z"]
    )
    found = run(shop)
    assert merged(shop) == [
        ("007", "p1", 4.5, " tốt ", "2024-01-01 03:00:00", REVIEWS, 2),
        ("7", "p9", 5.0, "tot lam", "2024-01-01 10:00:00", REVIEWS, 3),
    ]
    assert counts(found) == (2, 2, 0, 0)
    assert (found["products"], found["products_without_catalogue_entry"]) == (3, 1)
    assert found["newest_event"] == "2024-01-01T10:00:00+00:00"
    assert pl.read_parquet_schema(shop.merged / "interactions.parquet") == {
        "user_id": pl.String,
        "product_id": pl.String,
        "rating": pl.Float64,
        "comment": pl.String,
        "timestamp": pl.Datetime("us", "UTC"),
        "line": pl.Int64,
        "file": pl.String,
    }


def test_products_and_attributes_are_joined_and_a_brand_in_either_file_counts(
    tmp_path: Path,
) -> None:
    shop = make_shop(tmp_path)
    run(shop)
    products = pl.read_parquet(shop.merged / "products.parquet")
    assert products.select("product_id", "brand", "feature").rows() == [
        ("p1", "Rosa", "da dầu"),
        ("p2", "Lan", "da khô"),
        ("p3", "Rosa", ""),
    ]
    assert set(products.dtypes) == {pl.String}


def test_batches_are_merged_after_the_raw_file_and_a_plain_run_takes_a_drop(tmp_path: Path) -> None:
    shop = make_shop(tmp_path)
    run(shop)
    shop.drop("a.csv", "z,p1,5,mới,2024-02-01 10:00:00", "a,p1,5,tốt lắm,2024-01-01 10:00:00")
    found = run(shop)
    batch = batch_name(found)
    assert merged(shop)[-1] == ("z", "p1", 5.0, "mới", "2024-02-01 03:00:00", batch, 2)
    assert counts(found) == (9, 8, 1, 0)
    assert found["files"][batch] == {"read": 2, "accepted": 1, "duplicates": 1, "quarantined": 0}
    assert run(shop) == found


# ---- what is not ----

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


def test_bad_rows_are_in_quarantine_with_line_text_reason_and_hint(tmp_path: Path) -> None:
    rows = [
        row
        for pair in zip(BAD_ROWS, ["u,p1,5,,,2024-01-01 10:00:00"] * len(BAD_ROWS), strict=True)
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
    assert table["hint"].to_list() == [HINTS[reason] for _, reason in BAD_ROWS.values()]
    assert set(table["sha256"].str.len_chars()) == {64}
    reasons = Counter(reason for _, reason in BAD_ROWS.values())
    assert found["quarantined_by_reason"] == reasons
    assert found["quarantined_by_file_and_reason"] == {REVIEWS: reasons}


def test_reasons_are_counted_by_file_the_catalogue_among_them(tmp_path: Path) -> None:
    shop = make_shop(
        tmp_path,
        [*REVIEW_LINES, "x,p1,9,,,2024-01-01", "x,p1,5,,,"],
        [*PRODUCT_LINES, ",khác,,,,,,"],
    )
    shop.drop("a.csv", "z,p1,7,mới,2024-02-01 10:00:00", "z,p1,5,mới,2024-02-01 10:00:00")
    found = run(shop)
    assert found["quarantined_by_file_and_reason"] == {
        "data_product.csv": {"id_empty": 1},
        REVIEWS: {"rating_range": 1, "time_empty": 1},
        batch_name(found): {"rating_range": 1},
    }
    assert found["quarantined_by_reason"] == {"id_empty": 1, "rating_range": 2, "time_empty": 1}
    assert counts(found) == (11, 8, 0, 3)  # of interactions
    assert list(found["quarantined_by_reason"]) == sorted(found["quarantined_by_reason"])


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
    shop = make_shop(tmp_path, [*REVIEW_LINES[:1], 'x,p1,5,"bad,,2024-01-01', *REVIEW_LINES[1:]])
    assert counts(run(shop)) == (8, 7, 0, 1)
    assert quarantine(shop) == [(REVIEWS, 3, "", "quote")]


def test_a_last_line_without_a_newline_may_be_cut_off_and_is_refused(tmp_path: Path) -> None:
    shop = make_shop(tmp_path)
    whole = shop.reviews.read_bytes()
    shop.reviews.write_bytes(whole.removesuffix(b"\n"))
    drop = shop.drop("a.csv", "z,p1,5,mới,2024-02-01 10:00:00", "z,p2,5,mới,2024-02-01 10:00:00")
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


def ledger(shop: Shop) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for line in (shop.batches / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    ]


def seen_at(shop: Shop, when: datetime) -> None:
    """Let everything in the ledger have come at this time."""
    noted = [json.dumps({**entry, "at": when.isoformat()}) for entry in ledger(shop)]
    (shop.batches / "ledger.jsonl").write_text(lines(noted[0], noted[1:]), encoding="utf-8")


def test_a_time_more_than_a_day_after_the_file_came_is_refused_now_and_ever_after(
    tmp_path: Path,
) -> None:
    came = datetime.now(UTC)
    soon, late = (f"{came + timedelta(hours=hours):%F %TZ}" for hours in (23, 25))
    shop = make_shop(tmp_path, [*REVIEW_LINES, f"s,p1,5,,,{soon}", f"l,p1,5,,,{late}"])
    shop.drop("a.csv", f"z,p1,5,mới,{soon}", f"z,p2,5,mới,{late}")
    shop.configure(merge={"max_refused_share": 1.0})
    found = run(shop)
    refused = [
        (REVIEWS, 10, "cmt_date", "time_future"),
        (batch_name(found), 3, "timestamp", "time_future"),
    ]
    assert (counts(found), quarantine(shop)) == ((11, 9, 0, 2), refused)
    before = snapshot(tmp_path)
    assert run(shop) == found
    assert snapshot(tmp_path) == before
    seen_at(shop, came - timedelta(days=9))  # judged by when the file came, not by the clock
    assert quarantine_after(shop) == [
        (REVIEWS, 9, "cmt_date", "time_future"),
        refused[0],
        (batch_name(found), 2, "timestamp", "time_future"),
        refused[1],
    ]
    seen_at(shop, came + timedelta(days=9))
    assert quarantine_after(shop) == []


def quarantine_after(shop: Shop) -> list[tuple[Any, ...]]:
    """What is in quarantine after another merge."""
    run(shop)
    return quarantine(shop)


def test_a_raw_file_that_grew_is_seen_anew(tmp_path: Path) -> None:
    shop = make_shop(tmp_path)
    run(shop)
    (first,) = ledger(shop)
    assert (first["verdict"], first["file"], first["sha256"]) == (
        "seen",
        REVIEWS,
        sha256(shop.reviews),
    )
    run(shop)
    assert ledger(shop) == [first]
    shop.reviews.write_text(
        lines(REVIEW_COLUMNS, [*REVIEW_LINES, "s,p1,5,,,2024-01-01"]), encoding="utf-8"
    )
    run(shop)
    assert [entry["sha256"] for entry in ledger(shop)] == [first["sha256"], sha256(shop.reviews)]


# ---- what was mended ----


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def mended_shop(folder: Path) -> Shop:
    """A shop whose refused review of line 9 a mended row in a drop replaces; line 10 stays refused."""
    shop = make_shop(folder, [*REVIEW_LINES, "x,p1,9,,,2024-01-01", "x,p2,9,,,2024-01-01"])
    drop = shop.drop("a.csv", "x,p1,4,,2024-01-01")
    note = f"{sha256(shop.reviews)},9,{sha256(drop)}"
    (shop.batches / "mended.csv").write_text(
        lines("sha256,line,batch_sha256", [note]), encoding="ascii"
    )
    return shop


def test_a_mended_row_takes_the_place_of_the_refused_one(tmp_path: Path) -> None:
    shop = mended_shop(tmp_path)
    found = run(shop)
    assert (counts(found), found["mended"]) == ((9, 8, 0, 1), 1)
    assert found["files"][REVIEWS] == {"read": 8, "accepted": 7, "duplicates": 0, "quarantined": 1}
    assert quarantine(shop) == [(REVIEWS, 10, "rating", "rating_range")]
    assert merged(shop)[-1][:3] == ("x", "p1", 4.0)


def test_a_row_is_not_mended_before_its_drop_is_sealed(tmp_path: Path) -> None:
    shop = mended_shop(tmp_path)
    drop = next(shop.staging.iterdir())
    away = drop.rename(tmp_path / "away.csv")
    assert run(shop)["mended"] == 0
    assert [where[1] for where in quarantine(shop)] == [9, 10]
    away.rename(drop)
    assert run(shop)["mended"] == 1


def test_rows_that_are_mended_count_no_more_for_the_limit(tmp_path: Path) -> None:
    shop = mended_shop(tmp_path)
    shop.configure(merge={"max_refused_share": 1 / 8})
    assert counts(run(shop)) == (9, 8, 0, 1)


def test_a_damaged_list_of_mended_rows_is_one_line_and_nothing_is_overwritten(
    tmp_path: Path,
) -> None:
    shop = mended_shop(tmp_path)
    run(shop)
    before = snapshot(shop.merged), shop.metrics.read_bytes()
    mended = shop.batches / "mended.csv"
    mended.write_bytes(mended.read_bytes()[:-90])
    with complains(DataError, mended):
        run(shop)
    assert (snapshot(shop.merged), shop.metrics.read_bytes()) == before


def test_duplicates_are_equal_in_user_product_rating_comment_and_time(tmp_path: Path) -> None:
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


def test_a_product_twice_is_a_duplicate_and_with_other_values_in_quarantine(tmp_path: Path) -> None:
    shop = make_shop(tmp_path, products=[*PRODUCT_LINES, PRODUCT_LINES[0], "p1,khác,,,,,,"])
    found = run(shop)
    assert found["files"]["data_product.csv"] == {
        "read": 5,
        "accepted": 3,
        "duplicates": 1,
        "quarantined": 1,
    }
    assert quarantine(shop) == [("data_product.csv", 6, "product_id", "product_repeated")]


def test_attributes_of_an_unknown_product_are_in_quarantine_with_their_line_and_text(
    tmp_path: Path,
) -> None:
    shop = make_shop(tmp_path, attributes=[*ATTRIBUTE_LINES, "p9,nước,x,,,,,,"])
    found = run(shop)
    assert found["files"]["data_product_attribute.csv"] == {
        "read": 3,
        "accepted": 2,
        "duplicates": 0,
        "quarantined": 1,
    }
    assert quarantine(shop) == [("data_product_attribute.csv", 4, "product_id", "product_unknown")]
    assert pl.read_parquet(shop.merged / "quarantine.parquet")["raw"].to_list() == [
        "p9,nước,x,,,,,,"
    ]


cells = st.sampled_from(
    [
        "a",
        "b",
        "",
        "007",
        "p1",
        "p2",
        "5",
        "1",
        "0",
        "năm",
        "2024-01-01 10:00:00",
        "2024-01-02",
        "01/02/2024",
        '"',
        "x,y",
        "\n",
        "\ufeff",
    ]
)
csv_rows = st.lists(
    st.one_of(st.lists(cells, max_size=7).map(",".join), st.sampled_from(REVIEW_LINES)), max_size=12
)


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(csv_rows, csv_rows)
def test_read_is_accepted_and_duplicates_and_quarantined_whatever_stands_there(
    tmp_path_factory: pytest.TempPathFactory, raw: list[str], drop: list[str]
) -> None:
    shop = make_shop(tmp_path_factory.mktemp("shop"), [*REVIEW_LINES, *raw])
    shop.drop("a.csv", *drop)
    shop.configure(merge={"max_refused_share": 1.0})
    found = run(shop)
    for each in (found, *found["files"].values()):
        assert each["read"] == each["accepted"] + each["duplicates"] + each["quarantined"]
    by_file = pl.concat(
        [
            pl.read_parquet(shop.merged / "interactions.parquet").select("file", "line"),
            pl.read_parquet(shop.merged / "quarantine.parquet").select("file", "line"),
        ]
    )
    assert by_file.is_unique().all()
    assert found["accepted"] == len(merged(shop))
    assert sum(each["quarantined"] for each in found["files"].values()) == len(quarantine(shop))


# ---- when the data cannot be used ----


@pytest.mark.parametrize(("limit", "stops"), [(0.22, True), (0.23, False)])
def test_the_limit_of_refused_rows_holds_for_each_file(
    tmp_path: Path, limit: float, stops: bool
) -> None:
    shop = make_shop(tmp_path, [*REVIEW_LINES, "x,p1,9,,,2024-01-01", "x,p1,5,,,"])
    shop.configure(merge={"max_refused_share": limit})
    if not stops:
        assert counts(run(shop)) == (9, 7, 0, 2)
        return
    with complains(
        DataError, shop.reviews, "2 of 9 rows", "line 9", "rating_range", "max_refused_share"
    ):
        run(shop)


def test_a_file_with_exactly_the_limit_of_refused_rows_is_merged(tmp_path: Path) -> None:
    shop = make_shop(tmp_path, [*REVIEW_LINES[:4], "x,p1,9,,,2024-01-01"])
    assert counts(run(shop)) == (5, 4, 0, 1)


def break_it(shop: Shop, how: str) -> tuple[object, ...]:
    """Make the shop's data unusable; the words that the message must have."""
    path = {"p": shop.products, "a": shop.attributes, "r": shop.reviews}[how[0]]
    text = path.read_text(encoding="utf-8")
    header, rest = text.split("\n", 1)
    column = {"r": "cmt_date", "p": "product_id", "a": "product_id"}[how[0]]
    contents: dict[str, bytes | None] = {
        "missing": None,
        "empty": b"",
        "header only": header.encode() + b"\n",
        "utf-16": text.encode("utf-16"),
        "column": text.replace(column, "x").encode(),
        "doubled": f"{header},{column}\n{rest}".encode(),
        "all refused": f"{header}\n,,,,,\n".encode(),
    }
    content = contents[how[2:]]
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    return (path, column) if how[2:] in ("column", "doubled") else (path,)


@pytest.mark.parametrize(
    "how",
    [
        *(
            f"{file} {what}"
            for file in "rpa"
            for what in ("missing", "empty", "utf-16", "column", "doubled")
        ),
        *(f"{file} {what}" for file in "rp" for what in ("header only", "all refused")),
    ],
)
def test_unusable_data_is_one_line_and_nothing_is_overwritten(tmp_path: Path, how: str) -> None:
    shop = make_shop(tmp_path)
    run(shop)
    before = snapshot(shop.merged), shop.metrics.read_bytes()
    words = break_it(shop, how)
    with complains(DataError, *words):
        run(shop)
    assert (snapshot(shop.merged), shop.metrics.read_bytes()) == before


def test_a_failed_run_takes_no_row_of_a_drop_away(tmp_path: Path) -> None:
    shop = make_shop(tmp_path)
    shop.drop("a.csv", "z,p1,5,mới,2024-02-01 10:00:00")
    shop.products.rename(tmp_path / "away.csv")
    with pytest.raises(DataError):
        run(shop)
    (tmp_path / "away.csv").rename(shop.products)
    assert counts(run(shop)) == (8, 8, 0, 0)


def test_raw_files_and_batches_are_never_changed(tmp_path: Path) -> None:
    shop = make_shop(tmp_path)
    shop.drop("a.csv", "z,p1,5,mới,2024-02-01 10:00:00")
    run(shop)
    before = snapshot(shop.folder / "data")
    run(shop)
    assert snapshot(shop.folder / "data") == before


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"zone": "Asia/Saigon1"}, ("merge.zone", "Asia/Saigon1")),
        ({"date_formats": ["%Y"]}, ("merge.date_formats", "%Y")),
        ({"date_formats": []}, ("merge.date_formats",)),
        ({"date_formats": ["DD/MM/YYYY", "MM/DD/YYYY"]}, ("merge.date_formats",)),
        ({"earliest": "soon"}, ("merge.earliest", "soon")),
        ({"max_refused_share": 1.5}, ("merge.max_refused_share", "1.5")),
        ({"max_refused_shar": 0.1}, ("merge.max_refused_shar", "max_refused_share")),
        ({"zone": "../etc/passwd"}, ("merge.zone",)),
    ],
)
def test_wrong_params_are_one_line_and_nothing_is_taken(
    tmp_path: Path, changes: dict[str, Any], words: tuple[str, ...]
) -> None:
    shop = make_shop(tmp_path)
    shop.drop("a.csv", "z,p1,5,mới,2024-02-01 10:00:00")
    shop.configure(merge=changes)
    before = snapshot(tmp_path)
    with complains(ConfigError, shop.params, *words):
        run(shop)
    assert snapshot(tmp_path) == before


# ---- as a program ----


def test_the_same_bytes_in_any_environment(tmp_path: Path) -> None:
    found = []
    for name, environment in (
        (
            "a",
            {
                "TZ": "Asia/Ho_Chi_Minh",
                "PYTHONHASHSEED": "1",
                "LC_ALL": "C",
                "POLARS_MAX_THREADS": "1",
            },
        ),
        ("b", {"TZ": "America/Lima", "PYTHONHASHSEED": "2", "PYTHONUTF8": "0"}),
    ):
        shop = make_shop(tmp_path / name, [*REVIEW_LINES, "x,p1,9,,,2024-01-01"])
        done = command(shop, **environment)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
        assert (
            done.stderr.splitlines()[-1]
            == "merged: read 8, accepted 7, duplicates 0, quarantined 1"
        )
        found.append((snapshot(shop.merged), shop.metrics.read_bytes()))
    assert found[0] == found[1]


def test_unusable_data_is_exit_3_and_wrong_params_are_exit_2_each_in_one_line(
    tmp_path: Path,
) -> None:
    shop = make_shop(tmp_path)
    shop.reviews.write_text(
        lines(REVIEW_COLUMNS.replace("rating", "stars"), REVIEW_LINES), encoding="utf-8"
    )
    done = command(shop)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines()[-1].startswith(
        f"error: {shop.reviews}, line 1: column 'rating' is missing"
    )
    assert "Traceback" not in done.stderr
    shop.configure(merge={"zone": 7})
    done = command(shop)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: {shop.params}: merge.zone: ")
