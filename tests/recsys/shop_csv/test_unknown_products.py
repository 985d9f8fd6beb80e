"""Products that the catalogue does not have are counted, and told where there are many."""

import polars as pl
import pytest

from recsys.shop_csv import unknown_products
from recsys.shop_csv.oddities import Bounds, OddParams
from recsys.shop_csv.sample_shop import SHA256
from recsys.shop_csv.unknown_products import (
    Catalogue,
    Used,
    catalogue_of,
    doubts,
    unknown_among,
)

PARAMS = OddParams(**dict.fromkeys(OddParams.model_fields, Bounds(warn=0.0, stop=0.5)))
CATALOGUE = Catalogue(pl.Series(["8000", "8001", "8002"]), False)


def fault(*products: str, catalogue: Catalogue = CATALOGUE, fewest: int = 4) -> str:
    found = unknown_among(pl.Series(products, dtype=pl.String), catalogue)
    return unknown_products.fault_of(found, catalogue, PARAMS, fewest)


def test_counts_by_hand() -> None:
    found = unknown_among(pl.Series(["8000", "8001.0", "8001.0", "x"]), CATALOGUE)
    assert (found.rows, found.unknown, found.in_another_form) == (4, 3, 2)
    assert found.ids.to_list() == ["8001.0", "x"]
    assert found.share == (0.75, "e.g. '8001.0', 'x'")
    assert found.share_in_another_form == (0.5, "'8001.0' for '8001'")


def test_products_in_another_form_are_told_with_both_forms_and_the_mend() -> None:
    told = fault("8000.0", "8001.0", "8002.0", "8000")
    assert "3 of 4 rows" in told
    assert "'8000.0' for '8000'" in told
    assert "write both alike" in told and "products_in_another_form.stop" in told


def test_unknown_products_are_told_with_some_of_both() -> None:
    told = fault("a", "b", "c", "8000")
    assert "'a', 'b', 'c', where it has '8000', '8001', '8002'" in told
    assert "unknown_products.stop" in told
    own = CATALOGUE._replace(file="articles.csv")
    assert "articles.csv does not have: e.g. 'a'" in fault(*"abcd", catalogue=own)
    assert "articles.csv has in another form" in fault(*["8000.0"] * 4, catalogue=own)


@pytest.mark.parametrize(
    "products", [(), ("8000",), ("a", "b"), ("a", "b", "8000", "8001")]
)
def test_few_rows_or_a_share_that_is_no_more_are_used(
    products: tuple[str, ...],
) -> None:
    assert fault(*products) == ""


def test_the_products_of_the_sample_beside_own_reviews_are_told() -> None:
    frame = pl.DataFrame({"product_id": ["801809673"]})
    catalogue = catalogue_of(frame, SHA256["data_product.csv"])
    told = fault("a", "b", "801809673", catalogue=catalogue, fewest=20)
    assert "the sample shop" in told and "your own products" in told
    assert fault("a", "801809673", catalogue=catalogue, fewest=20) == ""
    assert not catalogue_of(frame, "0" * 64).is_sample


def test_rows_of_the_sample_beside_own_products_are_told_however_few() -> None:
    of_sample = pl.Series(["801809673", "8000"])
    catalogue = CATALOGUE._replace(of_sample=of_sample)
    found = unknown_among(pl.Series(["801809673", "801809673", "8000"]), catalogue)
    assert found.of_sample == 2  # the shop has the other one, too
    told = fault("801809673", catalogue=catalogue, fewest=20)
    assert told.startswith("1 of 1 rows are of products of the sample shop")
    assert fault("801809673", "8000", catalogue=catalogue, fewest=20) == ""


def test_files_together() -> None:
    files = [
        unknown_among(pl.Series(["8000", "8001"]), CATALOGUE),
        unknown_among(pl.Series(["x", "8001.0"]), CATALOGUE),
    ]
    odd = unknown_products.of_files(files)
    assert odd["unknown_products"] == (0.5, "e.g. '8001.0', 'x'")
    assert odd["products_in_another_form"] == (0.25, "'8001.0' for '8001'")


def used(*pairs: tuple[str, str], is_batch: bool = False) -> Used:
    rows = pl.DataFrame(pairs, schema=["user_id", "product_id"], orient="row")
    return Used("a", rows, unknown_among(rows["product_id"], CATALOGUE), is_batch)


def test_exchanged_columns_are_told_where_they_explain_what_is_unknown() -> None:
    right = used(("u", "8000"), ("v", "8001"), ("w", "8002"))
    wrong = used(("8000", "u"), ("8001", "v"), ("8002", "w"), ("u", "x"))
    (words,) = doubts([right, wrong], CATALOGUE, 1.0, 4)
    assert "exchanged in 3 of 4 rows, e.g. user '8000', product 'u'; look at" in words
    assert doubts([right, wrong], CATALOGUE, 1.0, 5) == []
    assert doubts([right, wrong], Catalogue(CATALOGUE.ids[:0], False), 0.0, 1) == []
    few = used(("8000", "u"), ("u", "x"), ("u", "y"), ("u", "8000"))
    assert doubts([right, few], CATALOGUE, 1.0, 4) == []


def test_unknown_products_are_told_of_a_batch_over_the_bound() -> None:
    pairs = [("u", "8000"), ("u", "8001"), ("u", "x"), ("u", "8002")]
    batch, raw = used(*pairs, is_batch=True), used(*pairs)
    (words,) = doubts([batch, raw], CATALOGUE, 0.2, 4)
    assert words.startswith("a: 1 of 4 rows are of products that data_product.csv does")
    assert doubts([batch], CATALOGUE, 0.25, 4) == []
    (words,) = doubts([batch], CATALOGUE._replace(file="articles.csv"), 0.2, 4)
    assert "of products that articles.csv does not have" in words
