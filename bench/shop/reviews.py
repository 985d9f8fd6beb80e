"""The reviews of a generated shop: product, stars, minute, and how many pages show each."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bench.shop.catalogue import Catalogue
from bench.shop.chance import Bools, Small, draw_index
from bench.shop.choices import draw_products
from bench.shop.customers import Taste

# Chances of a rating <= 3, added up.
DISLIKE, DISLIKE_MISFIT, DISLIKE_POOR = 0.012, 0.2, 0.2
DISLIKE_STARS = (0.35, 0.25, 0.40)  # of 1, 2 and 3 stars among dislikes
FOUR_STARS = 0.07  # of ratings that are no dislike
CROSS_SHARE = 0.15  # of reviews, shown on all pages of the product's family
SPAN_DAYS = 3 * 365
GROWTH = 1.2  # log of the last day's reviews over the first day's
HOUR_WEIGHTS = (
    2,
    1,
    1,
    1,
    1,
    2,
    3,
    5,
    7,
    9,
    10,
    10,
    11,
    9,
    8,
    8,
    8,
    8,
    8,
    10,
    12,
    12,
    9,
    5,
)


@dataclass(frozen=True)
class Reviews:
    """What users wrote, oldest first; all arrays are (reviews,)."""

    user: Small
    product: Small
    rating: NDArray[np.int8]  # 1 to 5
    minute: Small  # minutes since the first day's midnight
    mismatch: Bools  # the product does not suit the user's skin
    pages: NDArray[np.int8]  # pages that show the review: 1, or the family's size


def make_reviews(
    user: Small, taste: Taste, catalogue: Catalogue, rng: Generator
) -> Reviews:
    """One review for each entry of `user` (reviews,), which is ascending; sorted by minute then."""
    product = draw_products(user, taste, catalogue, rng)
    mismatch = ~catalogue.suits[taste.skin[user], product]
    rating = draw_ratings(mismatch, catalogue.poor[product], rng)
    pages = draw_pages(catalogue.family_size[product].astype(np.int8), rng)
    minute = draw_minutes(len(user), rng)
    order = np.argsort(minute, kind="stable")
    return Reviews(
        user=user[order],
        product=product[order],
        rating=rating[order],
        minute=minute[order],
        mismatch=mismatch[order],
        pages=pages[order],
    )


def draw_ratings(mismatch: Bools, poor: Bools, rng: Generator) -> NDArray[np.int8]:
    """Stars 1 to 5, shape of `mismatch`; misfits and poor products are likelier to be disliked."""
    count = len(mismatch)
    chance = DISLIKE + DISLIKE_MISFIT * mismatch + DISLIKE_POOR * poor
    dislike = rng.random(count) < chance
    low = 1 + draw_index(DISLIKE_STARS, count, rng)
    high = np.where(rng.random(count) < FOUR_STARS, 4, 5)
    return np.where(dislike, low, high).astype(np.int8)


def draw_pages(family_size: NDArray[np.int8], rng: Generator) -> NDArray[np.int8]:
    """How many pages show each review, (reviews,): 1, or for CROSS_SHARE of them the family's."""
    family_share = max(float((family_size > 1).mean()), CROSS_SHARE)
    is_shared = rng.random(len(family_size)) < CROSS_SHARE / family_share
    return np.where(is_shared, family_size, 1).astype(np.int8)


def draw_minutes(count: int, rng: Generator) -> Small:
    """Minutes since the first day's midnight, (count,) int32: each day more, some on the last."""
    days = SPAN_DAYS * np.log1p(rng.random(count) * np.expm1(GROWTH)) / GROWTH
    day = days.astype(np.int32)
    day += SPAN_DAYS - 1 - day.max()
    hour = draw_index(HOUR_WEIGHTS, count, rng).astype(np.int32)
    minute = rng.integers(60, size=count, dtype=np.int32)
    minutes: Small = np.maximum(day, 0) * 1440 + hour * 60 + minute
    return minutes
