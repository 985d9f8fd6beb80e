"""Write data_reviews_purchase.csv of a generated shop: a row per review and page that shows it."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.random import Generator

from bench.shop.catalogue import Catalogue
from bench.shop.chance import Ints, Small
from bench.shop.comments import COMMENT_DICE, EMPTY, compose
from bench.shop.customers import Taste
from bench.shop.dirt import soil
from bench.shop.kinds import CATEGORIES, SKINS
from bench.shop.reviews import SPAN_DAYS, Reviews

COLUMNS = (
    "user_id",
    "product_id",
    "rating",
    "comment",
    "processed_comment",
    "cmt_date",
)
MINUTES_A_DAY = 24 * 60
CHUNK = 200_000  # reviews written at a time


@dataclass(frozen=True)
class Shop:
    """What a generated shop consists of."""

    catalogue: Catalogue
    taste: Taste
    reviews: Reviews
    first_day: date


def write_reviews(
    path: Path, shop: Shop, dirt: dict[int, str], rng: Generator, with_comments: bool
) -> int:
    """Write the file; the number of its rows, header not counted.

    `dirt` maps the number of a clean row, from 0, to its damage (bench/shop/dirt.py).
    """
    clean, written, count = 0, 0, len(shop.reviews.user)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for start in range(0, count, CHUNK):
            chunk = slice(start, min(start + CHUNK, count))
            texts = [""] * (chunk.stop - start)
            if with_comments:
                texts = comments(shop, chunk, rng)
            rows = list(review_rows(shop, chunk, texts))
            dirty = with_dirt(rows, clean, dirt)
            writer.writerows(dirty)
            clean += len(rows)
            written += len(dirty)
    return written


def with_dirt(
    rows: list[Sequence[str]], first: int, dirt: dict[int, str]
) -> list[Sequence[str]]:
    """`rows`, the first of which has the number `first`, with the damage that `dirt` says."""
    soiled: list[Sequence[str]] = []
    for number, row in enumerate(rows, first):
        soiled += soil(row, dirt[number]) if number in dirt else [row]
    return soiled


def comments(shop: Shop, chunk: slice, rng: Generator) -> list[str]:
    """The comment of each review of `chunk`.

    One that several pages show is never empty, so that its copies can be recognised.
    """
    reviews = shop.reviews
    user, product = reviews.user[chunk], reviews.product[chunk]
    dice = rng.integers(2**31, size=(len(user), COMMENT_DICE), dtype=np.int64)
    is_empty = dice[:, 0] % 100 < EMPTY
    dice[(reviews.pages[chunk] > 1) & is_empty, 0] += EMPTY
    facts = (
        reviews.rating[chunk],
        reviews.mismatch[chunk],
        shop.taste.skin[user],
        shop.catalogue.category[product],
        dice,
    )
    return [
        compose(stars, mismatch, SKINS[skin], CATEGORIES[category], rolls)
        for stars, mismatch, skin, category, rolls in zip(
            *map(np.ndarray.tolist, facts), strict=True
        )
    ]


def review_rows(
    shop: Shop, chunk: slice, texts: Sequence[str]
) -> Iterator[Sequence[str]]:
    """The file's rows for the reviews of `chunk`, whose comments are `texts`."""
    reviews = shop.reviews
    review, page = pages_of(reviews.pages[chunk].astype(np.int64))
    shown = shown_products(shop.catalogue, reviews.product[chunk][review], page)
    processed = [text.strip().lower() for text in texts]
    index = review.tolist()
    return zip(
        [user_name(number) for number in (reviews.user[chunk][review] + 1).tolist()],
        map(str, shown.tolist()),
        map(str, reviews.rating[chunk][review].tolist()),
        [texts[i] for i in index],
        [processed[i] for i in index],
        times(reviews.minute[chunk][review].astype(np.int64), shop.first_day),
        strict=True,
    )


def pages_of(pages: Ints) -> tuple[Ints, Ints]:
    """For each row of the file its review and the number of its page, from 0; both (rows,)."""
    review = np.repeat(np.arange(len(pages)), pages)
    begin = np.cumsum(pages) - pages
    return review, np.arange(len(review)) - begin[review]


def shown_products(catalogue: Catalogue, product: Small, page: Ints) -> Ints:
    """Product ids of the pages, (rows,): page 0 is the bought product's, then its family's."""
    first, size = catalogue.first[product], catalogue.family_size[product]
    member = (product - first + page) % size
    return catalogue.product_id[first + member]


def times(minutes: Ints, first_day: date) -> Iterator[str]:
    """`YYYY-MM-DD HH:MM:00` of minutes since the first day's midnight."""
    days = [(first_day + timedelta(days=day)).isoformat() for day in range(SPAN_DAYS)]
    clock = [
        f" {minute // 60:02d}:{minute % 60:02d}:00" for minute in range(MINUTES_A_DAY)
    ]
    day, minute = np.divmod(minutes, MINUTES_A_DAY)
    return (
        days[d] + clock[m] for d, m in zip(day.tolist(), minute.tolist(), strict=True)
    )


def user_name(number: int) -> str:
    """The id of user 1, 2, ...: its digits, but some are another's with leading zeros.

    "007" is not "7".
    """
    return f"00{number - 1}" if number % 400 == 8 else str(number)
