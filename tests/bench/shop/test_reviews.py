"""Stars, minutes and pages of a generated shop's reviews."""

import numpy as np
import pytest

from bench.shop.catalogue import make_catalogue
from bench.shop.customers import draw_users, make_taste
from bench.shop.reviews import (
    CROSS_SHARE,
    SPAN_DAYS,
    draw_minutes,
    draw_pages,
    draw_ratings,
    make_reviews,
)


def test_most_dislikes_are_of_products_that_misfit_or_are_poor() -> None:
    rng = np.random.default_rng(1)
    catalogue = make_catalogue(300, rng)
    taste = make_taste(3000, catalogue, rng)
    reviews = make_reviews(draw_users(3000, 5700, rng), taste, catalogue, rng)
    dislike = reviews.rating <= 3
    assert (reviews.mismatch | catalogue.poor[reviews.product])[dislike].mean() > 0.7


@pytest.mark.parametrize(
    ("mismatch", "poor", "share"),
    [
        (False, False, 0.012),
        (True, False, 0.212),
        (False, True, 0.212),
        (True, True, 0.412),
    ],
)
def test_dislikes_are_as_likely_as_misfit_and_quality_make_them(
    mismatch: bool, poor: bool, share: float
) -> None:
    count = 50_000
    stars = draw_ratings(
        np.full(count, mismatch), np.full(count, poor), np.random.default_rng(0)
    )
    assert set(stars.tolist()) == {1, 2, 3, 4, 5}
    assert (stars <= 3).mean() == pytest.approx(share, abs=0.01)


def test_pages_are_one_or_the_whole_family() -> None:
    size = np.repeat(np.array([1, 2, 3], dtype=np.int8), 10_000)
    pages = draw_pages(size, np.random.default_rng(1))
    assert ((pages == 1) | (pages == size)).all()
    assert (pages > 1).mean() == pytest.approx(CROSS_SHARE, abs=0.01)


def test_minutes_reach_the_last_day_and_grow() -> None:
    minutes = draw_minutes(20_000, np.random.default_rng(2))
    day = minutes // 1440
    assert minutes.dtype == np.int32 and minutes.min() >= 0
    assert day.max() == SPAN_DAYS - 1
    assert (day >= SPAN_DAYS / 2).sum() > 1.5 * (day < SPAN_DAYS / 2).sum()


def test_reviews_are_sorted_by_minute() -> None:
    rng = np.random.default_rng(3)
    catalogue = make_catalogue(40, rng)
    taste = make_taste(100, catalogue, rng)
    reviews = make_reviews(draw_users(100, 300, rng), taste, catalogue, rng)
    assert (np.diff(reviews.minute) >= 0).all()
    suits = catalogue.suits[taste.skin[reviews.user], reviews.product]
    assert (reviews.mismatch == ~suits).all()
    assert np.bincount(reviews.user).min() == 1
