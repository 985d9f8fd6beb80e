"""What became of every row, in total and by file; a row that is lost stops the run."""

from dataclasses import replace

import polars as pl
import pytest

from recsys.intake.catalogue import Catalogue
from recsys.intake.merge_summary import summarise
from recsys.intake.merged import Interactions
from recsys.shop_csv.accounts import Account
from recsys.shop_csv.csv_file import Source
from recsys.shop_csv.oddities import Oddity
from recsys.shop_csv.records import Refused
from tests.interaction_rows import interactions


def account(name: str, read: int, accepted: int, *reasons: str) -> Account:
    source = Source(name, name, lambda: None)  # type: ignore[arg-type,return-value] # it is not opened
    refused = [Refused(2 + at, "", "", why) for at, why in enumerate(reasons)]
    return Account(source, "", read, accepted, read - accepted - len(refused), refused)


FOUND = Interactions(
    rows=interactions(
        ("a", "p", 5, "", "2024-01-01 10:00:00"),
        ("b", "p", 5, "", "2024-01-03 10:00:00"),
    ),
    accounts=[account("r.csv", 4, 2, "cells")],
    mended=0,
    blocked=[account("bad.csv", 3, 0, "quote", "cells")],
    faults={"bad.csv": "why"},
    unknown_products=1,
    odd={"one_user": Oddity(0.5, "'a'")},
)
PRODUCTS = Catalogue(pl.DataFrame({"product_id": ["p"]}), [account("p.csv", 1, 1)])


def test_totals_are_of_interactions_and_reasons_of_all_files() -> None:
    found = summarise(PRODUCTS, FOUND, {})
    assert list(found.values())[:4] == [4, 2, 1, 1]
    assert found["newest_event"] == "2024-01-03T10:00:00+00:00"
    assert found["files"].keys() == {"p.csv", "r.csv"}
    assert found["blocked"] == {"bad.csv": "why"}
    assert found["odd"] == {"one_user": 0.5}
    assert found["quarantined_by_reason"] == {"cells": 2, "quote": 1}
    assert "converted" not in found
    assert summarise(PRODUCTS, FOUND, {"r.csv": 1})["converted"] == {"r.csv": 1}


def test_a_row_that_is_not_there_stops_the_run() -> None:
    lost = replace(FOUND, rows=FOUND.rows[:1])
    with pytest.raises(AssertionError, match="not all there"):
        summarise(PRODUCTS, lost, {})
