"""The users of a generated shop: a hidden taste and an activity for each."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bench.shop.catalogue import BRANDS_PER_HOUSE, Catalogue
from bench.shop.chance import Ints, Small, draw_index
from bench.shop.kinds import SKINS

ACTIVITY_TAIL = 1.6  # Pareto exponent of users' activity: smaller makes a heavier tail
ACTIVITY_LIMIT = 60.0  # most activity of one user, in scales of that Pareto law
LIKED_CATEGORIES = 3
LIKING_EXPONENT = 0.6  # 1: brands are liked as often as they sell; 0: all alike


@dataclass(frozen=True)
class Taste:
    """What users like, hidden: a skin type, brands and categories, best first."""

    skin: NDArray[np.int8]  # (users,)
    brands: NDArray[np.int16]  # (users, BRANDS_PER_HOUSE)
    categories: NDArray[np.int8]  # (users, LIKED_CATEGORIES)


def make_taste(users: int, catalogue: Catalogue, rng: Generator) -> Taste:
    """A taste for each user, who likes brands and categories for what suits their skin.

    The liked brands are of one house; a category may be drawn twice.
    """
    skin = rng.integers(len(SKINS), size=users, dtype=np.int8)
    favourite = draw_liked(catalogue.brand, 1, skin, catalogue, rng)
    house = favourite // BRANDS_PER_HOUSE * BRANDS_PER_HOUSE
    brands = house + (favourite + np.arange(BRANDS_PER_HOUSE)) % BRANDS_PER_HOUSE
    brands = np.minimum(brands, catalogue.brand.max())
    categories = draw_liked(catalogue.category, LIKED_CATEGORIES, skin, catalogue, rng)
    return Taste(
        skin=skin, brands=brands.astype(np.int16), categories=categories.astype(np.int8)
    )


def draw_liked(
    label: Ints,
    count: int,
    skin: NDArray[np.int8],
    catalogue: Catalogue,
    rng: Generator,
) -> Ints:
    """`count` labels for each user, (users, count), by what sells to users of the same skin type.

    `label` (products,) is the brand or the category of each product.
    """
    drawn = np.empty((len(skin), count), dtype=np.int64)
    for kind in range(len(SKINS)):
        share = np.bincount(label, weights=catalogue.weight_for(kind))
        of_kind = np.flatnonzero(skin == kind)
        drawn[of_kind] = draw_index(share**LIKING_EXPONENT, (len(of_kind), count), rng)
    return drawn


def draw_users(users: int, reviews: int, rng: Generator) -> Small:
    """Each review's user, ascending, (reviews,) int32.

    Everybody writes once; the rest goes by a heavy-tailed activity.
    """
    activity = np.minimum(rng.pareto(ACTIVITY_TAIL, users), ACTIVITY_LIMIT)
    extra = draw_index(activity, reviews - users, rng)
    counts = 1 + np.bincount(extra, minlength=users)
    return np.repeat(np.arange(users, dtype=np.int32), counts)
