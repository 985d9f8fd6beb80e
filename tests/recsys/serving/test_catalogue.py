"""Products by id, brand and type, and those that are hidden."""

import numpy as np
import pytest

from recsys.program.errors import ConfigError, DataError
from recsys.serving.catalogue import Catalogue
from tests.recsys.serving import worlds
from tests.worlds import complains


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return worlds.recommender(tmp_path_factory.mktemp("shop")).catalogue


def test_products_are_found_by_their_trimmed_ids(catalogue: Catalogue) -> None:
    assert catalogue.items(["p3", " p1 ", "p3", "p99"]) == [1, 3]
    assert catalogue.unknown(["p3", "p99"]) == ["p99"]
    assert catalogue.item("p4") == 4
    with complains(DataError, "'p99' is not in the model", "10 products"):
        catalogue.item("p99")


@pytest.mark.parametrize("brand", ["Rosa", "rosa", " ROSA "])
def test_a_brand_is_found_however_it_is_written(
    catalogue: Catalogue, brand: str
) -> None:
    assert catalogue.allowed(brand, None).nonzero()[0].tolist() == [0, 2, 4, 6]


def test_brand_and_type_both_count(catalogue: Catalogue) -> None:
    assert catalogue.allowed("Lan", "cream").nonzero()[0].tolist() == [1, 3, 5, 7, 9]
    assert catalogue.allowed(None, None) is None


@pytest.mark.parametrize(
    ("brand", "kind", "words"), [("Nobody", None, "brand"), (None, "", "type")]
)
def test_what_nobody_sells_is_said(
    catalogue: Catalogue, brand: str | None, kind: str | None, words: str
) -> None:
    with complains(ConfigError, "no product of", words):
        catalogue.allowed(brand, kind)


def test_hidden_products_are_not_allowed(catalogue: Catalogue) -> None:
    catalogue.hide(["p0", "p2", "gone"])
    assert catalogue.allowed("Rosa", None).nonzero()[0].tolist() == [4, 6]
    catalogue.hide([])
    assert catalogue.allowed(None, None) is None


def test_delisted_products_are_hidden_too(catalogue: Catalogue) -> None:
    catalogue.hide(["p0", "p2"], ["p2", "p4", "long gone"])
    assert np.flatnonzero(catalogue.hidden).tolist() == [0, 2, 4]
    assert np.flatnonzero(catalogue.delisted).tolist() == [2, 4]
    assert catalogue.not_named == []  # what is no longer in the model need not be
    catalogue.hide(["p0"])
    assert not catalogue.delisted.any()
    catalogue.hide([])


def test_a_line_of_the_hide_list_may_have_a_remark_quotes_or_several_ids(
    catalogue: Catalogue,
) -> None:
    catalogue.hide(["p0 # recalled", '"p2"', "p4,p5"])
    assert np.flatnonzero(catalogue.hidden).tolist() == [0, 2, 4, 5]
    assert catalogue.not_named == []
    catalogue.hide(["p1,gone", "0p1", "p3"])
    assert np.flatnonzero(catalogue.hidden).tolist() == [3]
    assert catalogue.not_named == ["p1,gone", "0p1"]
    catalogue.hide([])
