"""Users of a generated shop: everybody writes, a few write much, all like what suits them."""

import numpy as np

from bench.shop.catalogue import BRANDS_PER_HOUSE, make_catalogue
from bench.shop.customers import LIKED_CATEGORIES, draw_users, make_taste
from bench.shop.kinds import CATEGORIES


def test_everybody_writes_once_and_the_rest_is_for_the_active() -> None:
    user = draw_users(1000, 3000, np.random.default_rng(0))
    counts = np.bincount(user)
    assert user.dtype == np.int32 and (np.diff(user) >= 0).all()
    assert len(user) == 3000 and len(counts) == 1000 and counts.min() == 1
    assert counts.max() > 20


def test_as_many_reviews_as_users_is_one_each() -> None:
    assert draw_users(5, 5, np.random.default_rng(0)).tolist() == [0, 1, 2, 3, 4]


def test_liked_brands_are_of_one_house() -> None:
    rng = np.random.default_rng(1)
    catalogue = make_catalogue(300, rng)
    taste = make_taste(500, catalogue, rng)
    assert taste.brands.shape == (500, BRANDS_PER_HOUSE)
    assert taste.categories.shape == (500, LIKED_CATEGORIES)
    house = taste.brands // BRANDS_PER_HOUSE
    assert (house == house[:, :1]).all()
    assert taste.brands.min() >= 0 and taste.brands.max() <= catalogue.brand.max()
    assert taste.categories.min() >= 0 and taste.categories.max() < len(CATEGORIES)


def test_users_like_brands_that_suit_their_skin_more_than_chance() -> None:
    rng = np.random.default_rng(2)
    catalogue = make_catalogue(300, rng)
    taste = make_taste(3000, catalogue, rng)
    suited = np.array(
        [np.bincount(catalogue.brand, weights=suits) for suits in catalogue.suits]
    )  # products of each brand that suit each skin type
    own = suited[taste.skin, taste.brands[:, 0]].mean()
    others = suited[np.roll(taste.skin, 1), taste.brands[:, 0]].mean()
    assert own > 1.1 * others
