"""Refused rows go out to a spreadsheet and come back as they were."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops.quarantine import export, replay
from ops.quarantine.export import NOTES, Refused
from recsys.program.errors import ConfigError, DataError
from recsys.shop_csv.contract import REVIEWS, STAGING
from recsys.shop_csv.reasons import REASONS
from tests.ops.quarantine.worlds import (
    BAD,
    NOW,
    cells,
    command,
    exported,
    mend,
    places,
)
from tests.worlds import Shop, complains


def test_the_export_as_a_spreadsheet_sees_it(shop: Shop) -> None:
    done = command(shop, "export", "mend.csv")
    assert (done.returncode, done.stderr) == (0, "")
    header, *rows = cells(shop.folder / "mend.csv")
    assert header == [*STAGING.columns, *NOTES]
    assert [row[:5] for row in rows] == [
        ["x", "'007", "9", "'=tốt", "'2024-01-01 10:00:00"],
        ["y", "p1", "5", "", ""],
        ["", "p2", "4", "", "'2024-01-01 10:00:00"],
    ]
    digest = pl.read_parquet(shop.merged / "quarantine.parquet")["sha256"][0]
    assert rows[0][5:] == [
        REVIEWS.file,
        digest,
        "9",
        "rating_range",
        REASONS["rating_range"].hint,
        BAD,
    ]


@pytest.mark.parametrize(
    ("raw", "whole", "names", "wanted"),
    [
        ("u,p,9,c,d,t", True, REVIEWS.columns, ("u", "p", "9", "c", "t")),
        ("u,p,9,,d,t", True, REVIEWS.columns, ("u", "p", "9", "d", "t")),
        (
            'u,p,9,"a, ""b""\nc",d,t',
            True,
            REVIEWS.columns,
            ("u", "p", "9", 'a, "b"\nc', "t"),
        ),
        (
            "t,9,x,p,u",
            True,
            ("cmt_date", "rating", "shop", "product_id", "user_id"),
            ("u", "p", "9", "", "t"),
        ),
        ("u,p,9,c,d,e,t", False, REVIEWS.columns, ("u", "p", "9", "", "")),
        ('u,"p,9,c,d,t', False, REVIEWS.columns, ("u", "", "", "", "")),
        ("u,p", False, REVIEWS.columns, ("u", "p", "", "", "")),
        (
            'u,p,9,"c',
            True,
            REVIEWS.columns,
            ("u", "p", "9", "", ""),
        ),  # cut when it was refused
        ("", False, REVIEWS.columns, ("", "", "", "", "")),
    ],
)
def test_cells_of_a_refused_text(
    raw: str, whole: bool, names: tuple[str, ...], wanted: tuple[str, ...]
) -> None:
    assert export.parse(raw, whole, names, REVIEWS) == wanted


def test_a_file_that_exists_is_never_overwritten(shop: Shop) -> None:
    path = exported(shop)
    mend(path, 9, rating="5")
    before = path.read_bytes()
    done = command(shop, "export", "mend.csv")
    assert (done.returncode, done.stderr) == (
        2,
        "error: mend.csv: exists already; name another file, or remove it\n",
    )
    assert path.read_bytes() == before


def test_a_place_that_takes_no_file_is_one_line(shop: Shop) -> None:
    with complains(ConfigError, shop.folder / "none"):
        exported(shop, "none/mend.csv")
    with complains(ConfigError, shop.products):
        replay.replay(shop.products / "mend.csv", places(shop), NOW)


def test_a_source_that_changed_is_not_taken_for_the_old_one(shop: Shop) -> None:
    shop.reviews.write_text(
        shop.reviews.read_text(encoding="utf-8").replace("rating", "comment2"),
        encoding="utf-8",
    )
    with complains(DataError, REVIEWS.file, "repro"):
        exported(shop)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
    max_examples=60,
)
@given(
    st.lists(
        st.lists(st.text(max_size=20), min_size=5, max_size=5), min_size=1, max_size=4
    )
)
def test_every_text_goes_out_and_comes_back(
    tmp_path: Path, texts: list[list[str]]
) -> None:
    path = tmp_path / "mend.csv"
    path.unlink(missing_ok=True)
    clean = [
        tuple(text.encode("utf-8", "replace").decode() for text in row) for row in texts
    ]
    export.export(
        (
            Refused(("0e1", n), row, ("f", "0e1", str(n), "r", "h", "raw"))
            for n, row in enumerate(clean)
        ),
        path,
    )
    assert [(row.key, row.cells) for row in replay.read_spreadsheet(path).rows] == [
        (("0e1", n), row) for n, row in enumerate(clean)
    ]
