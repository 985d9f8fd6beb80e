"""Which product each review of a generated shop is of: by the user's taste and by what sells."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from bench.shop.catalogue import Catalogue
from bench.shop.chance import Floats, Ints, Small, draw_index
from bench.shop.customers import Taste
from bench.shop.kinds import CATEGORIES, SKINS

CATEGORY_SHARES = (0.5, 0.3, 0.2)  # of the liked categories, best first
# Where the groups begin.
ALL_GROUP, CATEGORY_GROUPS, BRAND_GROUPS = 0, 1, 1 + len(CATEGORIES)
REDRAWS = 3  # times that a user's repeated products are drawn anew
CHUNK = 200_000  # reviews drawn at a time


@dataclass(frozen=True)
class Habit:
    """How a user comes to a product.

    `sources`: shares of bestsellers, liked categories, liked brands. `brands`: shares of the
    favourite brand, its house's next and next but one.
    """

    sources: tuple[float, float, float]
    brands: tuple[float, float, float]


USUAL = Habit((0.03, 0.04, 0.93), (0.97, 0.02, 0.01))
# Where the usual choice was bought before.
SECOND_CHOICE = Habit((0.05, 0.05, 0.90), (0.60, 0.25, 0.15))


class Shelf:
    """Products by popularity within groups: for each skin type all products, categories, brands.

    `edges` (slots,) float64 and `product` (slots,) int32 are aligned: the slots of group g have
    edges in (g, g + 1], so one uniform number u finds its product by one binary search for g + u.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        everything = np.full_like(catalogue.brand, ALL_GROUP)
        category = CATEGORY_GROUPS + catalogue.category
        brand = BRAND_GROUPS + catalogue.brand
        self.groups = int(brand.max()) + 1
        edges, slots = [], []
        for skin in range(len(SKINS)):
            weight = catalogue.weight_for(skin)
            for label in (everything, category, brand):
                for group in np.unique(label):
                    members = np.flatnonzero(label == group)
                    edges.append(
                        skin * self.groups + group + upper_edges(weight[members])
                    )
                    slots.append(members)
        self.edges: Floats = np.concatenate(edges)
        self.product: Small = np.concatenate(slots).astype(np.int32)

    def draw(self, user: Small, habit: Habit, taste: Taste, rng: Generator) -> Small:
        """One product for each entry of `user`, same shape, as often as the habit leads to it."""
        count = len(user)
        source = draw_index(habit.sources, count, rng)
        liked_category = taste.categories[user, draw_index(CATEGORY_SHARES, count, rng)]
        liked_brand = taste.brands[user, draw_index(habit.brands, count, rng)]
        category = CATEGORY_GROUPS + liked_category.astype(np.int64)
        brand = BRAND_GROUPS + liked_brand.astype(np.int64)
        group: Ints = np.where(source == 1, category, brand)
        group = np.where(source == 0, ALL_GROUP, group)
        group += taste.skin[user].astype(np.int64) * self.groups
        slot = np.searchsorted(self.edges, group + rng.random(count), side="right")
        return self.product[slot]


def upper_edges(weight: Floats) -> Floats:
    """The interval (0, 1] cut in proportion to `weight`: each part's upper end, the last one 1."""
    total = np.cumsum(weight)
    return np.append(total[:-1] / total[-1], 1.0)


def draw_products(
    user: Small, taste: Taste, catalogue: Catalogue, rng: Generator
) -> Small:
    """Each review's product, shape (reviews,); `user` (reviews,) is ascending.

    A user's repeated products are drawn anew REDRAWS times; what repeats then stays.
    """
    shelf = Shelf(catalogue)
    parts = [
        shelf.draw(user[start : start + CHUNK], USUAL, taste, rng)
        for start in range(0, len(user), CHUNK)
    ]
    product = np.concatenate(parts)
    same_as_before = np.diff(user, prepend=-1) == 0
    same_as_next = np.diff(user, append=-1) == 0
    several = np.flatnonzero(same_as_before | same_as_next)
    for _ in range(REDRAWS):
        key = user[several].astype(np.int64) * len(catalogue.brand) + product[several]
        order = np.argsort(key, kind="stable")
        repeats = several[order[1:][np.diff(key[order]) == 0]]
        product[repeats] = shelf.draw(user[repeats], SECOND_CHOICE, taste, rng)
    return product
