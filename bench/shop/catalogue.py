"""The products of a generated shop: families, brands, categories, prices, what suits which skin."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from bench.shop.chance import Bools, Floats, Ints
from bench.shop.kinds import CATEGORIES, SKINS
from bench.shop.product_texts import BRANDS, ORIGINS

# a product's weight is (rank + shift) ** -exponent
ZIPF_EXPONENT, ZIPF_SHIFT = (
    1.0,
    1.0,
)
FAMILY_SIZES, FAMILY_SHARES = (1, 2, 3), (0.74, 0.17, 0.09)
PRODUCTS_PER_BRAND = 8
FEWEST_BRANDS = 4
BRANDS_PER_HOUSE = 3  # brands of one maker: who likes one may turn to the others
ALL_SKINS_SHARE, SECOND_SKIN_SHARE = 0.12, 0.3
POOR_SHARE = 0.06  # products of poor quality
MISFIT_WEIGHT = (
    0.05  # how a product that does not suit the skin sells, against one that does
)
BRAND_PRICES, FAMILY_PRICES = (0.6, 2.2), (0.8, 1.3)  # factors of the category's price
# the product itself, two of it, a larger one
VARIANT_PRICES = np.array([1.0, 1.85, 1.6])


@dataclass(frozen=True)
class Catalogue:
    """The products. Arrays are (products,) unless a shape is given.

    The members of a family are neighbours.
    """

    product_id: Ints  # 9 digits, distinct
    first: Ints  # index of the first product of the family
    family_size: Ints
    brand: Ints
    category: Ints
    suits: Bools  # (skins, products)
    poor: Bools
    weight: Floats  # popularity, sums to 1

    def weight_for(self, skin: int) -> Floats:
        """Popularity among users of this skin type, (products,): what does not suit sells less."""
        return self.weight * np.where(self.suits[skin], 1.0, MISFIT_WEIGHT)


def make_catalogue(products: int, rng: Generator) -> Catalogue:
    """So many products in families; a family has one brand, one category, one set of skin types."""
    size = rng.choice(FAMILY_SIZES, p=FAMILY_SHARES, size=products)
    family = np.repeat(np.arange(products), size)[:products]
    brands = min(max(products // PRODUCTS_PER_BRAND, FEWEST_BRANDS), BRANDS)
    suits = draw_suits(products, rng)
    weight = (rng.permutation(products) + 1 + ZIPF_SHIFT) ** -ZIPF_EXPONENT
    product_id = rng.choice(900_000_000, size=products, replace=False) + 100_000_000
    brand_of_family = rng.integers(brands, size=products)
    category_of_family = rng.integers(len(CATEGORIES), size=products)
    return Catalogue(
        product_id=product_id,
        first=np.searchsorted(family, family),
        family_size=np.bincount(family)[family],
        brand=np.unique(brand_of_family[family], return_inverse=True)[1],
        category=category_of_family[family],
        suits=suits[:, family],
        poor=rng.random(products) < POOR_SHARE,
        weight=weight / weight.sum(),
    )


def draw_suits(families: int, rng: Generator) -> Bools:
    """Which skin types each family suits, (skins, families): one, two or all."""
    skins = np.arange(len(SKINS))[:, None]
    suits: Bools = skins == rng.integers(len(SKINS), size=families)
    second = skins == rng.integers(len(SKINS), size=families)
    suits |= second & (rng.random(families) < SECOND_SKIN_SHARE)
    suits |= rng.random(families) < ALL_SKINS_SHARE
    return suits


def origin(catalogue: Catalogue, product: int) -> str:
    """The country of the house of the product's brand."""
    house = catalogue.brand[product] // BRANDS_PER_HOUSE
    return ORIGINS[house % len(ORIGINS)]


def prices(catalogue: Catalogue, rng: Generator) -> Ints:
    """Prices in dong, (products,), whole thousands: category x brand x family x variant."""
    count = len(catalogue.category)
    base = np.array([category.price for category in CATEGORIES])[catalogue.category]
    brand = rng.uniform(*BRAND_PRICES, size=count)[catalogue.brand]
    family = rng.uniform(*FAMILY_PRICES, size=count)[catalogue.first]
    variant = VARIANT_PRICES[np.arange(count) - catalogue.first]
    thousands = np.ceil(base * brand * family * variant / 1000)
    price: Ints = (thousands * 1000).astype(np.int64)
    return price
