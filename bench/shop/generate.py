"""Generate a Vietnamese cosmetics shop of any size in the three-CSV contract.

usage   python -m bench.shop.generate OUT_DIR [--users N] [--products N] [--reviews N] [--seed N]
                                      [--until DAY] [--no-comments] [--no-dirty]
writes  OUT_DIR/data_reviews_purchase.csv   one row per review and page that shows it, oldest first
        OUT_DIR/data_product.csv            one row per product
        OUT_DIR/data_product_attribute.csv  one row per product

Same arguments, same bytes; the clock is never read. Each user has a hidden taste (a skin type,
liked brands, liked categories), so what a product's texts say decides who buys it, and who dislikes
it. Without options it writes the sample shop of data/sample.

`--reviews` counts what users wrote. The file has about a fifth more rows: CROSS_SHARE of the
reviews is shown on every page of a product family, as shops do with variants and combos.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from bench.shop.catalogue import make_catalogue
from bench.shop.customers import draw_users, make_taste
from bench.shop.dirt import plan_dirt
from bench.shop.product_files import (
    ATTRIBUTE_COLUMNS,
    PRODUCT_COLUMNS,
    product_rows,
    write_table,
)
from bench.shop.review_file import Shop, write_reviews
from bench.shop.reviews import SPAN_DAYS, make_reviews

DEFAULT_USERS = 3000
REVIEWS_PER_USER = 1.9  # of the small shop, where --reviews is not given
REVIEWS_PER_USER_AT_SCALE = 1.23  # where --reviews is given and --users is not
SMALLEST = 10  # users or products


@dataclass(frozen=True)
class Sizes:
    """How large a shop is; `reviews` are those written, before cross-listing."""

    users: int
    products: int
    reviews: int  # at least one a user


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
    user = draw_users(sizes.users, sizes.reviews, rng)
    reviews = make_reviews(user, taste, catalogue, rng)
    products, attributes = product_rows(reviews, catalogue, rng)
    dirt = plan_dirt(int(reviews.pages.sum(dtype=np.int64)), rng)
    shop = Shop(catalogue, taste, reviews, until - timedelta(days=SPAN_DAYS - 1))
    out.mkdir(parents=True, exist_ok=True)
    write_table(out / "data_product.csv", PRODUCT_COLUMNS, products)
    write_table(out / "data_product_attribute.csv", ATTRIBUTE_COLUMNS, attributes)
    path = out / "data_reviews_purchase.csv"
    return write_reviews(path, shop, dirt if with_dirt else {}, rng, with_comments)


def plan_sizes(users: int | None, products: int, reviews: int | None) -> Sizes:
    """The shop's sizes, where users or reviews may follow from the other.

    ValueError if they make no shop.
    """
    if users is None:
        users = (
            DEFAULT_USERS
            if reviews is None
            else round(reviews / REVIEWS_PER_USER_AT_SCALE)
        )
    if reviews is None:
        reviews = round(users * REVIEWS_PER_USER)
    if products < SMALLEST or users < SMALLEST:
        raise ValueError(
            f"{users} users and {products} products: a shop has at least {SMALLEST} of each"
        )
    if reviews < users:
        raise ValueError(
            f"{reviews} reviews of {users} users: every user writes at least one"
        )
    return Sizes(users, products, reviews)


def calendar_day(text: str) -> date:
    """`text` as a date, late enough for the whole span; argparse's error if it is none."""
    try:
        day = date.fromisoformat(text)
        day - timedelta(days=SPAN_DAYS)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no day such as 2026-11-01"
        ) from None
    return day


def command_line() -> argparse.ArgumentParser:
    """The options of `python -m bench.shop.generate`."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.shop.generate",
        description="Generate a shop as CSV files.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add, on_off = parser.add_argument, argparse.BooleanOptionalAction
    add(
        "out_dir",
        type=Path,
        metavar="OUT_DIR",
        help="folder for the files, made if missing",
    )
    add(
        "--users",
        type=int,
        help=f"{DEFAULT_USERS}, or --reviews / {REVIEWS_PER_USER_AT_SCALE}",
    )
    add("--products", type=int, default=300, help="pages of the shop")
    add(
        "--reviews",
        type=int,
        help=f"before cross-listing; {REVIEWS_PER_USER} a user if not given",
    )
    add("--comments", action=on_off, default=True, help="write comments")
    add("--dirty", action=on_off, default=True, help="damage a few rows")
    add("--seed", type=int, default=7, help="of all chance, 0 or more")
    add(
        "--until",
        type=calendar_day,
        default=date(2026, 11, 1),
        help="day of the newest review",
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; its exit status: 0, or 2 for arguments that make no shop."""
    given = command_line().parse_args(arguments)
    try:
        if given.seed < 0:
            raise ValueError(f"seed {given.seed}: 0 or more, please")
        if given.out_dir.exists() and not given.out_dir.is_dir():
            raise ValueError(f"{given.out_dir} is a file: name a folder")
        sizes = plan_sizes(given.users, given.products, given.reviews)
        rows = make_shop(
            given.out_dir, sizes, given.until, given.seed, given.comments, given.dirty
        )
    except (ValueError, OSError) as error:
        print(f"bench.shop.generate: {error}", file=sys.stderr)
        return 2
    print(
        f"{given.out_dir}: {rows} rows from {sizes.reviews} reviews of {sizes.users} users, "
        f"{sizes.products} products, until {given.until}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
