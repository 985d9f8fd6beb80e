"""Products that the catalogue does not have are counted, and told where there are many."""

import polars as pl
import pytest

from recsys.shop_csv import unknown_products
from recsys.shop_csv.oddities import Bounds, OddParams
from recsys.shop_csv.sample_shop import SHA256
from recsys.shop_csv.unknown_products import Catalogue, catalogue_of, unknown_among

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
