"""The contract says of every file what must be there, and where its time stands."""

import pytest

from recsys.shop_csv.contract import ATTRIBUTES, PRODUCTS, REVIEWS, STAGING, Table

TABLES = (REVIEWS, STAGING, PRODUCTS, ATTRIBUTES)


@pytest.mark.parametrize("table", TABLES)
def test_what_is_required_is_a_column_and_each_column_stands_there_once(
    table: Table,
) -> None:
    assert set(table.required) <= set(table.columns)
    assert len(set(table.columns)) == len(table.columns)


def test_interactions_need_the_time_and_products_have_none() -> None:
    assert [table.timestamp for table in TABLES] == ["cmt_date", "timestamp", "", ""]
    assert all(table.timestamp in table.required for table in (REVIEWS, STAGING))


def test_a_drop_says_what_a_raw_review_says_but_for_the_processed_comment() -> None:
    of_reviews = set(REVIEWS.columns) - {"processed_comment", "cmt_date"}
    assert set(STAGING.columns) - {"timestamp"} == of_reviews


def test_each_raw_file_has_a_name_of_its_own() -> None:
    raw = [table.file for table in TABLES if table is not STAGING]
    assert len(set(raw)) == 3
    assert all(name.endswith(".csv") for name in raw)
