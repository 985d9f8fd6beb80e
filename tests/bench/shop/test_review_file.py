"""Rows of data_reviews_purchase.csv: one on each page that shows a review."""

from dataclasses import replace
from datetime import date
from itertools import groupby
from pathlib import Path

import numpy as np

from bench.shop.catalogue import make_catalogue
from bench.shop.review_file import pages_of, shown_products, times, user_name, with_dirt
from tests.bench.shop.files import PRODUCTS, REVIEWS, is_clean, table, written


def test_processed_comments_are_trimmed_and_lower_case(default_shop: Path) -> None:
    rows = [row for row in table(default_shop, REVIEWS)[1:] if is_clean(row)]
    assert all(row[4] == row[3].strip().lower() for row in rows)
    text = "".join(row[3] for row in rows)
    assert all(mark in text for mark in ("\n", '"', ",", "😍"))


def test_a_cross_listed_review_is_on_each_page_of_its_family(
    default_shop: Path,
) -> None:
    name = {row[0]: row[1] for row in table(default_shop, PRODUCTS)[1:]}
    rows = [row for row in table(default_shop, REVIEWS)[1:] if is_clean(row) and row[3]]
    runs = [
        list(run)
        for _, run in groupby(rows, key=lambda row: (row[0], row[3], row[5], row[2]))
    ]
    shared = [pages for run in runs if len(pages := {row[1] for row in run}) > 1]
    assert 0.12 < len(shared) / len(runs) < 0.20
    for pages in shared:
        assert (
            len(
                {
                    name[page].removeprefix("Combo 2 ").rsplit(" Cho ")[0]
                    for page in pages
                }
            )
            == 1
        )


def test_ids_with_leading_zeros_are_users_of_their_own(default_shop: Path) -> None:
    assert {"7", "007", "407", "00407"} <= {row[0] for row in written(default_shop)}
    assert len({user_name(number) for number in range(1, 2001)}) == 2000


def test_pages_of_number_the_pages_of_each_review() -> None:
    review, page = pages_of(np.array([1, 3, 2]))
    assert review.tolist() == [0, 1, 1, 1, 2, 2]
    assert page.tolist() == [0, 0, 1, 2, 0, 1]


def test_the_bought_product_comes_first_then_its_family_in_a_ring() -> None:
    catalogue = replace(
        make_catalogue(4, np.random.default_rng(0)),
        product_id=np.array([10, 11, 12, 13]),
        first=np.array([0, 1, 1, 1]),
        family_size=np.array([1, 3, 3, 3]),
    )
    bought = np.array([0, 2, 2, 2], dtype=np.int32)
    shown = shown_products(catalogue, bought, np.array([0, 0, 1, 2]))
    assert shown.tolist() == [10, 12, 13, 11]


def test_times_count_from_the_first_day() -> None:
    minutes = np.array([0, 61, 1439, 1440])
    assert list(times(minutes, date(2024, 2, 28))) == [
        "2024-02-28 00:00:00",
        "2024-02-28 01:01:00",
        "2024-02-28 23:59:00",
        "2024-02-29 00:00:00",
    ]


def test_with_dirt_damages_the_rows_of_these_numbers() -> None:
    rows = [["a", "p", "5", "", "", ""], ["b", "p", "5", "", "", ""]]
    assert with_dirt(rows, 10, {1: "zero", 11: "duplicate"}) == [
        rows[0],
        rows[1],
        rows[1],
    ]
