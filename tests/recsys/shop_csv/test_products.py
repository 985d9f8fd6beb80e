"""The catalogue: one row a product, its attributes joined; what is left over is accounted for."""

from pathlib import Path

import polars as pl

from recsys.program.errors import DataError
from tests.stages.merging import quarantine, run
from tests.worlds import (
    ATTRIBUTE_LINES,
    PRODUCT_COLUMNS,
    PRODUCT_LINES,
    complains,
    make_shop,
)


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


def test_a_product_twice_is_a_duplicate_and_with_other_values_in_quarantine(
    tmp_path: Path,
) -> None:
    shop = make_shop(
        tmp_path, products=[*PRODUCT_LINES, PRODUCT_LINES[0], "p1,khác,,,,,,"]
    )
    found = run(shop)
    assert found["files"]["data_product.csv"] == {
        "read": 5,
        "accepted": 3,
        "duplicates": 1,
        "quarantined": 1,
    }
    assert quarantine(shop) == [
        ("data_product.csv", 6, "product_id", "product_repeated")
    ]


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
    assert quarantine(shop) == [
        ("data_product_attribute.csv", 4, "product_id", "product_unknown")
    ]
    assert pl.read_parquet(shop.merged / "quarantine.parquet")["raw"].to_list() == [
        "p9,nước,x,,,,,,"
    ]


def test_the_header_again_is_a_row_that_is_refused(tmp_path: Path) -> None:
    shop = make_shop(
        tmp_path, products=[PRODUCT_LINES[0], PRODUCT_COLUMNS, *PRODUCT_LINES[1:]]
    )
    run(shop)
    assert quarantine(shop) == [("data_product.csv", 3, "product_id", "header")]


def test_a_header_in_another_order_stops_as_what_follows_would_be_misread(
    tmp_path: Path,
) -> None:
    swapped = PRODUCT_COLUMNS.replace(
        "product_id,product_name", "product_name,product_id"
    )
    shop = make_shop(tmp_path, products=[*PRODUCT_LINES, swapped])
    with complains(DataError, shop.products, "line 5", "another order", "split"):
        run(shop)
