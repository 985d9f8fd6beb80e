"""The statements that a table is read with."""

import pytest

from ops.sql import statements
from recsys.program.errors import ConfigError
from tests.ops.sql.entries import entry
from tests.worlds import complains


@pytest.mark.parametrize(
    ("query", "source", "label"),
    [
        ("reviews", "reviews AS shop_rows", "reviews"),
        (" shop.order_items; ", "shop.order_items AS shop_rows", "orderitems"),
        (
            "SELECT * FROM shop.reviews r -- all\n;",
            "(\nSELECT * FROM shop.reviews r -- all\n) AS shop_rows",
            "reviews",
        ),
        (
            'select 1 from "Reviews"',
            '(\nselect 1 from "Reviews"\n) AS shop_rows',
            "Reviews",
        ),
        ("VALUES (1)", "(\nVALUES (1)\n) AS shop_rows", "query"),
    ],
)
def test_a_table_or_a_query(query: str, source: str, label: str) -> None:
    assert statements.source_of(query) == source
    assert statements.label_of(query) == label


@pytest.mark.parametrize("query", ["DROP TABLE reviews", "reviews; DROP", "a b", "1"])
def test_anything_else_is_refused(query: str) -> None:
    with complains(ConfigError, repr(query)):
        statements.source_of(query)


def test_new_rows_and_counts_go_by_the_cursor() -> None:
    one = entry("sqlite:////x", cursor='i"d')
    cursor = 'shop_rows."i""d"'
    assert statements.new_rows(one, ['i"d', "b"], "", "::text") == (
        f'SELECT {cursor}::text, shop_rows."b"::text FROM reviews AS shop_rows '
        f"WHERE {cursor} IS NOT NULL ORDER BY {cursor}"
    )
    assert f"WHERE {cursor} > 7 ORDER" in statements.new_rows(one, ["b"], "7", "")
    assert f"{cursor} <= '2024-01-01'" in statements.counts(one, "2024-01-01", "")


def test_a_literal_ends_where_it_ends() -> None:
    assert statements.literal("-12") == "-12"
    assert statements.literal("2024-01-01") == "'2024-01-01'"
    assert statements.literal("1' OR '1") == "'1'' OR ''1'"
