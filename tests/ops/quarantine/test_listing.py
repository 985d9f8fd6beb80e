"""Refused rows are shown safely, counted and explained."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from ops import terminal
from ops.quarantine import listing
from recsys.program.errors import ConfigError
from recsys.shop_csv.contract import REVIEWS
from recsys.shop_csv.reasons import REASONS
from tests.ops.quarantine.worlds import places
from tests.worlds import Shop, complains


@given(st.text(), st.integers(20, 60))
def test_no_row_breaks_its_line_or_the_terminal(raw: str, width: int) -> None:
    rows = pl.DataFrame(
        {
            "file": ["a.csv"],
            "line": [2],
            "column": [""],
            "reason": ["control"],
            "raw": [raw],
        }
    )
    _, line = listing.row_table(rows, width + 30).split("\n")
    assert line.isprintable()
    assert terminal.columns_of(line) <= width + 30


def test_what_a_reason_means_is_shown_with_an_example_that_no_terminal_obeys() -> None:
    assert listing.explanation("encoding").splitlines() == [
        f"encoding: {REASONS['encoding'].hint}",
        "",
        "header   user_id,product_id,rating,comment,timestamp",
        "refused  u1,p1,5,caf\\xe9,2024-03-01 10:00:00",
        "mended   u1,p1,5,café,2024-03-01 10:00:00",
    ]
    for code in REASONS:
        assert all(
            line.isprintable() for line in listing.explanation(code).splitlines()
        )


def test_what_is_not_in_quarantine_is_a_message_that_names_what_is(shop: Shop) -> None:
    with complains(ConfigError, "\\x1b", "rating_range"):
        listing.read_quarantine(places(shop), "\x1b[31m", None)
    with complains(ConfigError, "'a.csv'", REVIEWS.file):
        listing.read_quarantine(places(shop), None, "a.csv")


def test_rows_are_chosen_by_reason_and_file(shop: Shop) -> None:
    lines = [
        listing.read_quarantine(places(shop), reason, file)["line"].to_list()
        for reason, file in (
            (None, None),
            ("quote", None),
            (None, REVIEWS.file),
            ("long", None),
        )
    ]
    assert lines == [[9, 10, 11], [10], [9, 10, 11], []]
