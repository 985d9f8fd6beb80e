"""Generate a Vietnamese cosmetics shop of any size in the three-CSV contract, for tests and
benchmarks.

writes  OUT_DIR/data_reviews_purchase.csv   one row per review and page that shows it, oldest first
        OUT_DIR/data_product.csv            one row per product
        OUT_DIR/data_product_attribute.csv  one row per product

Same arguments, same bytes; the clock is never read. Each user has a hidden taste (a skin type,
liked brands, liked categories), so what a product's texts say decides who buys it, and who dislikes
it.

`--reviews` counts what users wrote. The file has about a fifth more rows: CROSS_SHARE of the
reviews is shown on every page of a product family, as shops do with variants and combos.
"""

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from bench.shop import words

Rows = list[list[str]]
Ints = NDArray[np.int64]
Small = NDArray[np.int32]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

DEFAULT_USERS = 3000
REVIEWS_PER_USER = 1.9  # of the small shop, where --reviews is not given
REVIEWS_PER_USER_AT_SCALE = 1.23  # where --reviews is given and --users is not
ACTIVITY_TAIL = 1.6  # Pareto exponent of users' activity: smaller makes a heavier tail
ACTIVITY_LIMIT = 60.0  # most activity of one user, in scales of that Pareto law
ZIPF_EXPONENT, ZIPF_SHIFT = 1.0, 1.0  # a product's weight is (rank + shift) ** -exponent
FAMILY_SIZES, FAMILY_SHARES = (1, 2, 3), (0.74, 0.17, 0.09)
PRODUCTS_PER_BRAND = 8
BRANDS_PER_HOUSE = 3  # brands of one maker: who likes one may turn to the others
CATEGORY_SHARES = (0.5, 0.3, 0.2)
LIKING_EXPONENT = 0.6  # 1: brands are liked as often as they sell; 0: all alike
MISFIT_WEIGHT = 0.05  # a product that does not suit the skin, against one that does
ALL_SKINS_SHARE, SECOND_SKIN_SHARE = 0.12, 0.3
POOR_SHARE = 0.06  # products of poor quality
DISLIKE, DISLIKE_MISFIT, DISLIKE_POOR = 0.012, 0.2, 0.2  # chances of a rating <= 3, added up
DISLIKE_STARS = (0.35, 0.25, 0.40)  # of 1, 2 and 3 stars among dislikes
FOUR_STARS = 0.07  # of ratings that are no dislike
CROSS_SHARE = 0.15  # of reviews, shown on all pages of the product's family
SPAN_DAYS = 3 * 365
GROWTH = 1.2  # log of the last day's reviews over the first day's
HOUR_WEIGHTS = (2, 1, 1, 1, 1, 2, 3, 5, 7, 9, 10, 10, 11, 9, 8, 8, 8, 8, 8, 10, 12, 12, 9, 5)
DIRTY_SHARE = 0.003
DIRTY_KINDS = ("zero", "six", "words", "no_rating", "no_such_day", "no_user", "short", "duplicate")
NO_SUCH_DAY = "2024-02-30 10:00:00"
EMPTY_CELLS = 0.06  # of the attribute table's cells but product_id
CHUNK = 200_000  # reviews written at a time

REVIEW_COLUMNS = ("user_id", "product_id", "rating", "comment", "processed_comment", "cmt_date")
PRODUCT_COLUMNS = (
    "product_id",
    "product_name",
    "brand",
    "type",
    "price",
    "avg_star",
    "num_sold_time",
    "processed_description",
)
ATTRIBUTE_COLUMNS = (
    "product_id",
    "ingredient",
    "feature",
    "skin_type",
    "capacity",
    "design",
    "brand",
    "expiry",
    "origin",
)


@dataclass(frozen=True)
class Habit:
    """How a user comes to a product: shares of bestsellers, liked categories, liked brands; and of
    the favourite brand, its house's next and next but one, best first.
    """

    sources: tuple[float, float, float]
    brands: tuple[float, float, float]


USUAL = Habit((0.03, 0.04, 0.93), (0.97, 0.02, 0.01))
SECOND_CHOICE = Habit(
    (0.05, 0.05, 0.90), (0.60, 0.25, 0.15)
)  # where the usual one was bought before


@dataclass(frozen=True)
class Sizes:
    """How large a shop is; `reviews` are those written, before cross-listing, at least one a user."""

    users: int
    products: int
    reviews: int


@dataclass(frozen=True)
class Catalogue:
    """The products. Arrays are (products,) unless a shape is given; members of a family are
    neighbours.
    """

    product_id: Ints  # 9 digits, distinct
    first: Ints  # index of the first product of the family
    family_size: Ints
    brand: Ints
    category: Ints
    suits: Bools  # (skins, products)
    poor: Bools
    weight: Floats  # popularity, sums to 1


@dataclass(frozen=True)
class Taste:
    """What users like, hidden: skin (users,), brands (users, 3) and categories (users, 3), best
    first.
    """

    skin: NDArray[np.int8]
    brands: NDArray[np.int16]
    categories: NDArray[np.int8]


@dataclass(frozen=True)
class Reviews:
    """What users wrote, oldest first; all arrays are (reviews,)."""

    user: Small
    product: Small
    rating: NDArray[np.int8]  # 1 to 5
    minute: Small  # minutes since the first day's midnight
    mismatch: Bools  # the product does not suit the user's skin
    pages: NDArray[np.int8]  # pages that show the review: 1, or the family's size


def draw_index(weights: ArrayLike, shape: int | tuple[int, ...], rng: Generator) -> Ints:
    """Indices of `weights`, each as often as its weight says; an array of `shape`."""
    edges = np.cumsum(weights, dtype=float)
    return np.searchsorted(edges[:-1] / edges[-1], rng.random(shape), side="right")


def make_catalogue(products: int, rng: Generator) -> Catalogue:
    """So many products, in families; a family has one brand, one category, one set of skin types."""
    size = rng.choice(FAMILY_SIZES, p=FAMILY_SHARES, size=products)
    family = np.repeat(np.arange(products), size)[:products]
    first = np.searchsorted(family, family)
    brands = min(max(products // PRODUCTS_PER_BRAND, 4), words.BRANDS)
    skins = np.arange(len(words.SKINS))[:, None]
    suits = skins == rng.integers(len(words.SKINS), size=products)
    second = skins == rng.integers(len(words.SKINS), size=products)
    suits |= second & (rng.random(products) < SECOND_SKIN_SHARE)
    suits |= rng.random(products) < ALL_SKINS_SHARE
    weight = (rng.permutation(products) + 1 + ZIPF_SHIFT) ** -ZIPF_EXPONENT
    return Catalogue(
        product_id=rng.choice(900_000_000, size=products, replace=False) + 100_000_000,
        first=first,
        family_size=np.bincount(family)[family],
        brand=np.unique(rng.integers(brands, size=products)[family], return_inverse=True)[1],
        category=rng.integers(len(words.CATEGORIES), size=products)[family],
        suits=suits[:, family],
        poor=rng.random(products) < POOR_SHARE,
        weight=weight / weight.sum(),
    )


def make_taste(users: int, catalogue: Catalogue, rng: Generator) -> Taste:
    """A taste for each user; brands and categories are liked for what they make for the user's
    skin.

    The liked brands are of one house; a category may be drawn twice.
    """
    skin = rng.integers(len(words.SKINS), size=users, dtype=np.int8)

    def popular(label: Ints, count: int) -> Ints:
        drawn = np.empty((users, count), dtype=np.int64)
        for kind, suits in enumerate(catalogue.suits):
            share = np.bincount(
                label, weights=catalogue.weight * np.where(suits, 1.0, MISFIT_WEIGHT)
            )
            of_kind = np.flatnonzero(skin == kind)
            drawn[of_kind] = draw_index(share**LIKING_EXPONENT, (len(of_kind), count), rng)
        return drawn

    favourite = popular(catalogue.brand, 1)
    house = favourite // BRANDS_PER_HOUSE * BRANDS_PER_HOUSE
    brands = house + (favourite + np.arange(BRANDS_PER_HOUSE)) % BRANDS_PER_HOUSE
    brands = np.minimum(brands, catalogue.brand.max())
    categories = popular(catalogue.category, len(CATEGORY_SHARES))
    return Taste(skin=skin, brands=brands.astype(np.int16), categories=categories.astype(np.int8))


def draw_users(users: int, reviews: int, rng: Generator) -> Small:
    """Each review's user, ascending, (reviews,): everybody once, the rest by a heavy-tailed
    activity.
    """
    activity = np.minimum(rng.pareto(ACTIVITY_TAIL, users), ACTIVITY_LIMIT)
    extra = draw_index(activity, reviews - users, rng)
    return np.repeat(np.arange(users, dtype=np.int32), 1 + np.bincount(extra, minlength=users))


class Shelf:
    """Products by popularity within groups; a group is a skin type with all products, a category or
    a brand.

    `edges` and `product` are aligned: the slots of group g have edges in (g, g + 1], so one
    uniform number u finds its product by one binary search for g + u.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        brand_count = int(catalogue.brand.max()) + 1
        labels = (
            np.zeros_like(catalogue.brand),
            1 + catalogue.category,
            1 + len(words.CATEGORIES) + catalogue.brand,
        )
        self.groups = 1 + len(words.CATEGORIES) + brand_count
        edges, slots = [], []
        for skin, suits in enumerate(catalogue.suits):
            weight = catalogue.weight * np.where(suits, 1.0, MISFIT_WEIGHT)
            for label in labels:
                for group in np.unique(label):
                    members = np.flatnonzero(label == group)
                    share = np.cumsum(weight[members])
                    edges.append(
                        skin * self.groups + group + np.append(share[:-1] / share[-1], 1.0)
                    )
                    slots.append(members)
        self.edges: Floats = np.concatenate(edges)
        self.product: Small = np.concatenate(slots).astype(np.int32)

    def draw(self, user: Small, habit: Habit, taste: Taste, rng: Generator) -> Small:
        """One product for each entry of `user`, same shape, in proportion to the user's interest."""
        source = draw_index(habit.sources, len(user), rng)
        category = 1 + taste.categories[user, draw_index(CATEGORY_SHARES, len(user), rng)].astype(
            np.int64
        )
        brand = (
            1 + len(words.CATEGORIES) + taste.brands[user, draw_index(habit.brands, len(user), rng)]
        )
        group = np.where(source == 0, 0, np.where(source == 1, category, brand))
        group += taste.skin[user].astype(np.int64) * self.groups
        return self.product[
            np.searchsorted(self.edges, group + rng.random(len(user)), side="right")
        ]


def draw_products(user: Small, taste: Taste, catalogue: Catalogue, rng: Generator) -> Small:
    """Each review's product, shape (reviews,); a user's repeats are drawn again, the last ones
    stay.
    """
    shelf = Shelf(catalogue)
    product = np.concatenate(
        [
            shelf.draw(user[start : start + CHUNK], USUAL, taste, rng)
            for start in range(0, len(user), CHUNK)
        ]
    )
    several = np.flatnonzero((np.diff(user, prepend=-1) == 0) | (np.diff(user, append=-1) == 0))
    for _ in range(3):
        key = user[several].astype(np.int64) * len(catalogue.brand) + product[several]
        order = np.argsort(key, kind="stable")
        repeats = several[order[1:][np.diff(key[order]) == 0]]
        product[repeats] = shelf.draw(user[repeats], SECOND_CHOICE, taste, rng)
    return product


def draw_ratings(mismatch: Bools, poor: Bools, rng: Generator) -> NDArray[np.int8]:
    """Stars 1 to 5, shape of `mismatch`; a dislike is likelier for a mismatch and for a poor
    product.
    """
    dislike = rng.random(len(mismatch)) < DISLIKE + DISLIKE_MISFIT * mismatch + DISLIKE_POOR * poor
    low = 1 + draw_index(DISLIKE_STARS, len(mismatch), rng)
    return np.where(dislike, low, np.where(rng.random(len(mismatch)) < FOUR_STARS, 4, 5)).astype(
        np.int8
    )


def draw_minutes(count: int, rng: Generator) -> Small:
    """Minutes since the first day's midnight, (count,): growing, by day, at least one on the last
    day.
    """
    day = (SPAN_DAYS * np.log1p(rng.random(count) * np.expm1(GROWTH)) / GROWTH).astype(np.int32)
    day += SPAN_DAYS - 1 - day.max()
    hour = draw_index(HOUR_WEIGHTS, count, rng).astype(np.int32)
    minute: Small = (
        np.maximum(day, 0) * 1440 + hour * 60 + rng.integers(60, size=count, dtype=np.int32)
    )
    return minute


def make_reviews(user: Small, taste: Taste, catalogue: Catalogue, rng: Generator) -> Reviews:
    """Product, stars, minute and pages of each entry of `user`, then all of them sorted by minute."""
    product = draw_products(user, taste, catalogue, rng)
    mismatch = ~catalogue.suits[taste.skin[user], product]
    rating = draw_ratings(mismatch, catalogue.poor[product], rng)
    size = catalogue.family_size[product].astype(np.int8)
    family_share = max(float((size > 1).mean()), CROSS_SHARE)
    pages = np.where(rng.random(len(user)) < CROSS_SHARE / family_share, size, 1).astype(np.int8)
    minute = draw_minutes(len(user), rng)
    order = np.argsort(minute, kind="stable")
    return Reviews(
        user[order], product[order], rating[order], minute[order], mismatch[order], pages[order]
    )


def plan_dirt(rows: int, rng: Generator) -> dict[int, str]:
    """The kind of dirt of some of `rows` rows: DIRTY_SHARE of them, every kind at least once."""
    each = max(1, round(rows * DIRTY_SHARE / len(DIRTY_KINDS)))
    places = rng.choice(rows, size=each * len(DIRTY_KINDS), replace=False)
    return {int(place): DIRTY_KINDS[i % len(DIRTY_KINDS)] for i, place in enumerate(places)}


def soil(row: Sequence[str], kind: str) -> Rows:
    """The rows to write in place of `row`: one damaged row, or two equal ones for a duplicate."""
    user, product, rating, comment, processed, day = row
    if kind == "duplicate":
        return [list(row), list(row)]
    if kind == "short":
        return [[user, product, rating, comment, processed]]
    rating = {"zero": "0", "six": "6", "words": "năm sao", "no_rating": ""}.get(kind, rating)
    user, day = "" if kind == "no_user" else user, NO_SUCH_DAY if kind == "no_such_day" else day
    return [[user, product, rating, comment, processed, day]]


def user_name(number: int) -> str:
    """The id of user 1, 2, ...: its digits, but some are another's with leading zeros ("007" is not
    "7").
    """
    return f"00{number - 1}" if number % 400 == 8 else str(number)


def comments(
    reviews: Reviews, chunk: slice, taste: Taste, catalogue: Catalogue, rng: Generator
) -> list[str]:
    """The comment of each review of `chunk`; one on several pages is never empty, so that it can be
    known.
    """
    user, product = reviews.user[chunk], reviews.product[chunk]
    dice = rng.integers(2**31, size=(len(user), words.COMMENT_DICE), dtype=np.int64)
    dice[(reviews.pages[chunk] > 1) & (dice[:, 0] % 100 < words.EMPTY), 0] += words.EMPTY
    rating, mismatch = reviews.rating[chunk], reviews.mismatch[chunk]
    facts = (rating, mismatch, taste.skin[user], catalogue.category[product], dice)
    return [
        words.compose(stars, misfit, words.SKINS[skin], words.CATEGORIES[category], rolls)
        for stars, misfit, skin, category, rolls in zip(*map(np.ndarray.tolist, facts), strict=True)
    ]


def review_rows(
    reviews: Reviews, chunk: slice, texts: Sequence[str], catalogue: Catalogue, first_day: date
) -> Iterator[Sequence[str]]:
    """The file's rows for the reviews of `chunk`: the page of the bought product first, then its
    family's.
    """
    pages = reviews.pages[chunk].astype(np.int64)
    event = np.repeat(np.arange(len(pages)), pages)
    step = np.arange(len(event)) - np.repeat(np.cumsum(pages) - pages, pages)
    own = reviews.product[chunk][event]
    first = catalogue.first[own]
    shown = catalogue.product_id[first + (own - first + step) % catalogue.family_size[own]]
    days = [(first_day + timedelta(days=day)).isoformat() for day in range(SPAN_DAYS)]
    times = [f" {hour:02d}:{minute:02d}:00" for hour in range(24) for minute in range(60)]
    day, minute = np.divmod(reviews.minute[chunk][event], 1440)
    processed = [text.strip().lower() for text in texts]
    index = event.tolist()
    return zip(
        [user_name(number) for number in (reviews.user[chunk][event] + 1).tolist()],
        map(str, shown.tolist()),
        map(str, reviews.rating[chunk][event].tolist()),
        [texts[i] for i in index],
        [processed[i] for i in index],
        [days[d] + times[m] for d, m in zip(day.tolist(), minute.tolist(), strict=True)],
        strict=True,
    )


def write_reviews(
    path: Path,
    reviews: Reviews,
    taste: Taste,
    catalogue: Catalogue,
    first_day: date,
    dirt: dict[int, str],
    with_comments: bool,
    rng: Generator,
) -> int:
    """Rows written to `path`, header not counted; `dirt` maps a clean row's number to its damage."""
    clean, written, places = 0, 0, sorted(dirt)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(REVIEW_COLUMNS)
        for start in range(0, len(reviews.user), CHUNK):
            chunk = slice(start, min(start + CHUNK, len(reviews.user)))
            texts = [""] * (chunk.stop - start)
            if with_comments:
                texts = comments(reviews, chunk, taste, catalogue, rng)
            rows = list(review_rows(reviews, chunk, texts, catalogue, first_day))
            end = clean + len(rows)
            here = slice(int(np.searchsorted(places, clean)), int(np.searchsorted(places, end)))
            for place in reversed(places[here]):
                rows[place - clean : place - clean + 1] = soil(rows[place - clean], dirt[place])
            writer.writerows(rows)
            clean, written = end, written + len(rows)
    return written


def page_ratings(reviews: Reviews, catalogue: Catalogue) -> tuple[Floats, Floats]:
    """Ratings shown on each product's page and the sum of their stars, both (products,)."""
    products, cross = len(catalogue.brand), reviews.pages > 1

    def shown(weight: Floats) -> Floats:
        own = np.bincount(reviews.product, weights=weight * ~cross, minlength=products)
        family = np.bincount(
            catalogue.first[reviews.product], weights=weight * cross, minlength=products
        )
        return (own + family[catalogue.first]).astype(float)

    return shown(np.ones(len(cross))), shown(reviews.rating.astype(float))


def page_texts(
    catalogue: Catalogue, brands: Sequence[str], rng: Generator
) -> list[words.ProductTexts]:
    """What each product's page says; members of a family say nearly the same."""
    dice = rng.integers(2**31, size=(len(catalogue.brand), words.PRODUCT_DICE), dtype=np.int64)
    texts = []
    for i, (first, brand, category) in enumerate(
        zip(catalogue.first, catalogue.brand, catalogue.category, strict=True)
    ):
        skins = [
            skin for skin, suits in zip(words.SKINS, catalogue.suits[:, i], strict=True) if suits
        ]
        texts.append(
            words.describe(
                words.CATEGORIES[category],
                brands[brand],
                origin(catalogue, i),
                skins,
                int(i - first),
                dice[first].tolist(),
            )
        )
    return texts


def origin(catalogue: Catalogue, product: int) -> str:
    """The country of the house of the product's brand."""
    return words.ORIGINS[catalogue.brand[product] // BRANDS_PER_HOUSE % len(words.ORIGINS)]


def prices(catalogue: Catalogue, rng: Generator) -> Ints:
    """Prices in dong, (products,), whole thousands: category x brand x family x variant."""
    base = np.array([category.price for category in words.CATEGORIES])[catalogue.category]
    brand = rng.uniform(0.6, 2.2, size=len(base))[catalogue.brand]
    family = rng.uniform(0.8, 1.3, size=len(base))[catalogue.first]
    variant = np.array([1.0, 1.85, 1.6])[np.arange(len(base)) - catalogue.first]
    price: Ints = (np.ceil(base * brand * family * variant / 1000) * 1000).astype(np.int64)
    return price


def product_rows(reviews: Reviews, catalogue: Catalogue, rng: Generator) -> tuple[Rows, Rows]:
    """The rows of data_product.csv, and of data_product_attribute.csv with some cells empty."""
    brands = words.brand_names(int(catalogue.brand.max()) + 1)
    texts, price = page_texts(catalogue, brands, rng), prices(catalogue, rng)
    shown, stars = page_ratings(reviews, catalogue)
    sold = (shown * rng.uniform(4, 12, size=len(shown))).astype(np.int64)
    pick = rng.integers(1000, size=(2, len(price)))
    full = rng.random((len(ATTRIBUTE_COLUMNS), len(price))) >= EMPTY_CELLS
    full[0] = True
    product, attribute = [], []
    for i, text in enumerate(texts):
        key, brand = str(catalogue.product_id[i]), brands[catalogue.brand[i]]
        category = words.CATEGORIES[catalogue.category[i]].name
        average = f"{stars[i] / shown[i]:.1f}" if shown[i] else ""
        product.append(
            [
                key,
                text.name,
                brand,
                category,
                str(price[i]),
                average,
                str(sold[i]),
                text.description,
            ]
        )
        design = words.DESIGNS[pick[0, i] % len(words.DESIGNS)]
        expiry = words.EXPIRIES[pick[1, i] % len(words.EXPIRIES)]
        cells = [
            key,
            text.ingredient,
            text.feature,
            text.skin_type,
            text.capacity,
            design,
            brand,
            expiry,
            origin(catalogue, i),
        ]
        attribute.append(
            [cell if kept else "" for cell, kept in zip(cells, full[:, i], strict=True)]
        )
    return product, attribute


def write_table(path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """`rows` under `columns` in the same form of CSV as the reviews."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([columns, *rows])


def make_shop(
    out: Path,
    sizes: Sizes,
    until: date,
    seed: int,
    with_comments: bool = True,
    with_dirt: bool = True,
) -> int:
    """Write the three files into the folder `out`, made if missing; review rows written.

    `with_comments` and `with_dirt` change nothing but the comments and the damaged rows.
    """
    rng = np.random.default_rng(seed)
    catalogue = make_catalogue(sizes.products, rng)
    taste = make_taste(sizes.users, catalogue, rng)
    reviews = make_reviews(draw_users(sizes.users, sizes.reviews, rng), taste, catalogue, rng)
    product, attribute = product_rows(reviews, catalogue, rng)
    dirt = plan_dirt(int(reviews.pages.sum(dtype=np.int64)), rng)
    first_day = until - timedelta(days=SPAN_DAYS - 1)
    out.mkdir(parents=True, exist_ok=True)
    write_table(out / "data_product.csv", PRODUCT_COLUMNS, product)
    write_table(out / "data_product_attribute.csv", ATTRIBUTE_COLUMNS, attribute)
    return write_reviews(
        out / "data_reviews_purchase.csv",
        reviews,
        taste,
        catalogue,
        first_day,
        dirt if with_dirt else {},
        with_comments,
        rng,
    )


def plan_sizes(users: int | None, products: int, reviews: int | None) -> Sizes:
    """The shop's sizes, where users or reviews may follow from the other; ValueError if they make
    no shop.
    """
    if users is None:
        users = DEFAULT_USERS if reviews is None else round(reviews / REVIEWS_PER_USER_AT_SCALE)
    reviews = round(users * REVIEWS_PER_USER) if reviews is None else reviews
    if products < 10 or users < 10:
        raise ValueError(f"{users} users and {products} products: a shop has at least 10 of each")
    if reviews < users:
        raise ValueError(f"{reviews} reviews of {users} users: every user writes at least one")
    return Sizes(users, products, reviews)


def calendar_day(text: str) -> date:
    """`text` as a date, late enough for the whole span; argparse's error if it is none."""
    try:
        day = date.fromisoformat(text)
        day - timedelta(days=SPAN_DAYS)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r} is no day such as 2026-11-01") from None
    return day


def command_line() -> argparse.ArgumentParser:
    """The options of `python -m bench.shop.generate`."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.shop.generate",
        description="Generate a shop as CSV files.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add, on_off = parser.add_argument, argparse.BooleanOptionalAction
    add("out_dir", type=Path, metavar="OUT_DIR", help="folder for the files, made if missing")
    add("--users", type=int, help=f"{DEFAULT_USERS}, or --reviews / {REVIEWS_PER_USER_AT_SCALE}")
    add("--products", type=int, default=300, help="pages of the shop")
    add("--reviews", type=int, help=f"before cross-listing; {REVIEWS_PER_USER} a user if not given")
    add("--comments", action=on_off, default=True, help="write comments")
    add("--dirty", action=on_off, default=True, help="damage a few rows")
    add("--seed", type=int, default=7, help="of all chance, 0 or more")
    add("--until", type=calendar_day, default=date(2026, 11, 1), help="day of the newest review")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; its exit status: 0, or 2 for arguments that make no shop."""
    options = command_line().parse_args(arguments)
    try:
        if options.seed < 0:
            raise ValueError(f"seed {options.seed}: 0 or more, please")
        if options.out_dir.exists() and not options.out_dir.is_dir():
            raise ValueError(f"{options.out_dir} is a file: name a folder")
        sizes = plan_sizes(options.users, options.products, options.reviews)
        rows = make_shop(
            options.out_dir, sizes, options.until, options.seed, options.comments, options.dirty
        )
    except (ValueError, OSError) as error:
        print(f"bench.shop.generate: {error}", file=sys.stderr)
        return 2
    print(
        f"{options.out_dir}: {rows} rows from {sizes.reviews} reviews of {sizes.users} users, "
        f"{sizes.products} products, until {options.until}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
