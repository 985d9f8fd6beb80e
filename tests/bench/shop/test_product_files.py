"""Tables of products: ratings that the pages show, and empty cells."""

from pathlib import Path

import numpy as np

from bench.shop.catalogue import make_catalogue
from bench.shop.product_files import page_ratings
from bench.shop.reviews import Reviews
from tests.bench.shop.files import ATTRIBUTES, PRODUCTS, table


def test_page_ratings_count_a_cross_listed_review_on_every_page_of_the_family() -> None:
    rng = np.random.default_rng(5)
    catalogue = make_catalogue(30, rng)
    lone = int(np.flatnonzero(catalogue.family_size == 1)[0])
    pair = int(np.flatnonzero(catalogue.family_size == 2)[0])
    zeros = np.zeros(3, np.int32)
    reviews = Reviews(
        user=zeros,
        product=np.array([lone, pair, pair], np.int32),
        minute=zeros,
        rating=np.array([5, 4, 1], np.int8),
        mismatch=np.zeros(3, np.bool_),
        pages=np.array([1, 2, 1], np.int8),
    )
    shown, stars = page_ratings(reviews, catalogue)
    assert shown[[lone, pair, pair + 1]].tolist() == [1, 2, 1]
    assert stars[[lone, pair, pair + 1]].tolist() == [5, 4 + 1, 4]
    assert shown.sum() == 4


def test_some_cells_of_the_attributes_are_empty_but_never_the_id(
    default_shop: Path,
) -> None:
    rows = table(default_shop, ATTRIBUTES)[1:]
    empty = [cell == "" for row in rows for cell in row[1:]]
    assert all(row[0] for row in rows)
    assert 0.04 < sum(empty) / len(empty) < 0.08


def test_average_stars_are_empty_where_nobody_rated(default_shop: Path) -> None:
    rows = table(default_shop, PRODUCTS)[1:]
    assert all((row[5] == "") == (row[6] == "0") for row in rows)
    assert all(1 <= float(row[5]) <= 5 for row in rows if row[5])
