"""Every row of every file is accepted, a duplicate or in quarantine; a run that fails changes
nothing.
"""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.program.errors import ConfigError, DataError
from tests.stages.merging import (
    REVIEWS,
    batch_name,
    counts,
    merged,
    quarantine,
    run,
)
from tests.worlds import (
    PRODUCT_LINES,
    REVIEW_LINES,
    Shop,
    complains,
    make_shop,
    snapshot,
)

# ---- what is accepted ----


def test_rows_are_typed_and_times_are_utc(tmp_path: Path) -> None:
    shop = make_shop(
        tmp_path,
        [
            "007,p1,4.5, tốt ,x,2024-01-01 10:00:00",
            "7,p9,5,,tot lam,2024-01-01T10:00:00Z",
        ],
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


def test_batches_are_merged_after_the_raw_file_and_a_plain_run_takes_a_drop(
    tmp_path: Path,
) -> None:
    shop = make_shop(tmp_path)
    run(shop)
    shop.drop(
        "a.csv", "z,p1,5,mới,2024-02-01 10:00:00", "a,p1,5,tốt lắm,2024-01-01 10:00:00"
    )
    found = run(shop)
    batch = batch_name(found)
    assert merged(shop)[-1] == ("z", "p1", 5.0, "mới", "2024-02-01 03:00:00", batch, 2)
    assert counts(found) == (9, 8, 1, 0)
    assert found["files"][batch] == {
        "read": 2,
        "accepted": 1,
        "duplicates": 1,
        "quarantined": 0,
    }
    assert run(shop) == found


def test_reasons_are_counted_by_file_the_catalogue_among_them(tmp_path: Path) -> None:
    shop = make_shop(
        tmp_path,
        [*REVIEW_LINES, "x,p1,9,,,2024-01-01", "x,p1,5,,,"],
        [*PRODUCT_LINES, ",khác,,,,,,"],
    )
    shop.drop(
        "a.csv", "z,p1,7,mới,2024-02-01 10:00:00", "z,p1,5,mới,2024-02-01 10:00:00"
    )
    found = run(shop)
    assert found["quarantined_by_file_and_reason"] == {
        "data_product.csv": {"id_empty": 1},
        REVIEWS: {"rating_range": 1, "time_empty": 1},
        batch_name(found): {"rating_range": 1},
    }
    assert found["quarantined_by_reason"] == {
        "id_empty": 1,
        "rating_range": 2,
        "time_empty": 1,
    }
    assert counts(found) == (11, 8, 0, 3)  # of interactions
    assert list(found["quarantined_by_reason"]) == sorted(
        found["quarantined_by_reason"]
    )


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
    st.one_of(st.lists(cells, max_size=7).map(",".join), st.sampled_from(REVIEW_LINES)),
    max_size=12,
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
        assert (
            each["read"] == each["accepted"] + each["duplicates"] + each["quarantined"]
        )
    by_file = pl.concat(
        [
            pl.read_parquet(shop.merged / "interactions.parquet").select(
                "file", "line"
            ),
            pl.read_parquet(shop.merged / "quarantine.parquet").select("file", "line"),
        ]
    )
    assert by_file.is_unique().all()
    assert found["accepted"] == len(merged(shop))
    assert sum(each["quarantined"] for each in found["files"].values()) == len(
        quarantine(shop)
    )


# ---- when the data cannot be used ----


@pytest.mark.parametrize(("limit", "stops"), [(0.22, True), (0.23, False)])
def test_the_limit_of_refused_rows_holds_for_each_file(
    tmp_path: Path, limit: float, stops: bool
) -> None:
    shop = make_shop(tmp_path, [*REVIEW_LINES, "x,p1,9,,,2024-01-01", "x,p1,5,,,"])
    shop.configure(merge={"max_refused_share": limit, "min_rows": 9})
    if not stops:
        assert counts(run(shop)) == (9, 7, 0, 2)
        return
    with complains(
        DataError,
        shop.reviews,
        "2 of 9 rows",
        "line 9",
        "rating_range",
        "max_refused_share",
    ):
        run(shop)


def test_a_file_with_exactly_the_limit_of_refused_rows_is_merged(
    tmp_path: Path,
) -> None:
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
def test_unusable_data_is_one_line_and_nothing_is_overwritten(
    tmp_path: Path, how: str
) -> None:
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
