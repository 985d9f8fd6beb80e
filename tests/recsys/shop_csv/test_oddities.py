"""Shares that are odd are said, and stop the run where they are over their bound."""

import polars as pl
import pytest

from recsys.program.errors import DataError
from recsys.shop_csv import oddities
from recsys.shop_csv.accounts import Account
from recsys.shop_csv.csv_file import Source
from recsys.shop_csv.oddities import Bounds, Oddity, OddParams
from recsys.shop_csv.records import Refused
from tests.interaction_rows import interactions
from tests.worlds import complains

T = "2024-01-01 10:00:00"
PARAMS = OddParams(
    **dict.fromkeys(OddParams.model_fields, Bounds(warn=0.3, stop=0.6)),
)


def test_shares_of_a_small_world_by_hand() -> None:
    rows = interactions(
        ("a", "p1", 5, "good", T),
        ("a", "p2", 5, "good", T),
        ("a", "p1", 5, "\\N", "2024-01-02 10:00:00"),
        ("b", "p1", 5, "", T),
    )
    assert oddities.of_rows(rows) == {
        "one_user": Oddity(0.75, "'a'"),
        "one_product": Oddity(0.75, "'p1'"),
        "equal_times": Oddity(0.75, "2024-01-01 10:00:00+00:00"),
        "one_text": Oddity(0.5, "'good'"),
        "empty_texts": Oddity(0.25, r"'\\N'"),
    }


def test_the_most_frequent_of_many_is_counted_exactly() -> None:
    values = pl.Series(
        [f"u{number % 90_000}" for number in range(190_000)] + ["x"] * 10_000
    )
    assert oddities.most_frequent(values) == Oddity(0.05, "'x'")
    assert oddities.most_frequent(values[:0]) == Oddity(0.0)


def test_shares_of_accounts() -> None:
    refused = [
        Refused(line, "", "", why)
        for line, why in ((2, "cells"), (3, "quote"), (4, "cells"))
    ]
    source = Source("a.csv", "a.csv", lambda: (_ for _ in ()).throw(OSError))
    accounts = [
        Account(source, "", 10, 7, 0, refused, unseen=1),
        Account(source, "", 10, 10),
    ]
    found = oddities.of_accounts(accounts)
    assert found["refused_for_one_reason"] == Oddity(0.1, "cells")
    assert found["unseen_characters"].share == 0.05


def test_a_line_for_each_share_over_its_bound_and_a_stop_for_a_greater_one() -> None:
    odd = {"one_user": Oddity(0.5, "'a'"), "one_text": Oddity(0.3, "'x'")}
    assert oddities.table(odd, PARAMS) == ["one_user   50.0%  'a'"]
    assert oddities.over(odd, PARAMS) == {"one_user": 0.5}
    oddities.check(odd, PARAMS, "data/raw")
    assert oddities.as_json(odd) == {"one_text": 0.3, "one_user": 0.5}
    with complains(
        DataError, "data/raw", "70.0%", "merge.odd.one_text.stop (0.6)", "'y'"
    ):
        oddities.check({"one_text": Oddity(0.7, "'y'")}, PARAMS, "data/raw")


@pytest.mark.parametrize("name", OddParams.model_fields)
def test_every_bound_has_a_share(name: str) -> None:
    elsewhere = {
        "unknown_products",
        "products_in_another_form",
        "users_in_another_form",
        "users_in_two_cases",
        "products_in_two_cases",
        "rounded_ids",
    }
    shares = oddities.of_rows(interactions()) | oddities.of_accounts([])
    assert name in shares or name in elsewhere
