"""Products of a generated shop: members of a family are alike, prices are whole thousands."""

import numpy as np
import pytest

from bench.shop.catalogue import (
    MISFIT_WEIGHT,
    Catalogue,
    make_catalogue,
    origin,
    prices,
)
from bench.shop.kinds import CATEGORIES
from bench.shop.product_texts import ORIGINS


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return make_catalogue(300, np.random.default_rng(1))


def test_members_of_a_family_are_neighbours_of_one_brand_category_and_skin(
    catalogue: Catalogue,
) -> None:
    first = catalogue.first
    assert (first <= np.arange(300)).all()
    assert (np.arange(300) - first < catalogue.family_size).all()
    for of_product in (catalogue.brand, catalogue.category, catalogue.family_size):
        assert (of_product == of_product[first]).all()
    assert (catalogue.suits == catalogue.suits[:, first]).all()


def test_family_sizes_count_their_members(catalogue: Catalogue) -> None:
    members = np.bincount(catalogue.first, minlength=300)
    assert (members[catalogue.first] == catalogue.family_size).all()
    assert set(catalogue.family_size) == {1, 2, 3}


def test_every_product_suits_a_skin_and_ids_are_distinct(catalogue: Catalogue) -> None:
    assert catalogue.suits.any(axis=0).all() and not catalogue.suits.all()
    assert len(set(catalogue.product_id.tolist())) == 300
    assert catalogue.product_id.min() >= 100_000_000 > catalogue.product_id.max() / 10


def test_popularity_sums_to_one_and_is_a_zipf_law(catalogue: Catalogue) -> None:
    assert catalogue.weight.sum() == pytest.approx(1)
    ranked = np.sort(catalogue.weight)[::-1]
    assert ranked[0] / ranked[2] == pytest.approx(
        4 / 2
    )  # ranks 1 and 3, each plus the shift 1


def test_a_product_that_does_not_suit_the_skin_sells_a_twentieth(
    catalogue: Catalogue,
) -> None:
    share = catalogue.weight_for(0) / catalogue.weight
    assert (share[catalogue.suits[0]] == 1).all()
    assert share[~catalogue.suits[0]] == pytest.approx(MISFIT_WEIGHT)


def test_prices_are_whole_thousands_and_two_cost_less_than_twice(
    catalogue: Catalogue,
) -> None:
    price = prices(catalogue, np.random.default_rng(2))
    assert (price % 1000 == 0).all()
    assert price.min() > 0.4 * min(category.price for category in CATEGORIES)
    second = np.flatnonzero(np.arange(300) - catalogue.first == 1)
    ratio = price[second] / price[second - 1]
    assert ((ratio > 1.7) & (ratio < 2)).all()


def test_products_of_one_brand_come_from_one_country(catalogue: Catalogue) -> None:
    countries: dict[int, set[str]] = {}
    for product, brand in enumerate(catalogue.brand.tolist()):
        countries.setdefault(brand, set()).add(origin(catalogue, product))
    assert all(len(named) == 1 for named in countries.values())
    assert set().union(*countries.values()) <= set(ORIGINS)
