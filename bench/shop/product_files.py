"""Write data_product.csv and data_product_attribute.csv of a generated shop."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.random import Generator

from bench.shop.catalogue import Catalogue, origin, prices
from bench.shop.chance import Floats
from bench.shop.kinds import CATEGORIES, SKINS
from bench.shop.product_texts import (
    DESIGNS,
    EXPIRIES,
    PRODUCT_DICE,
    ProductTexts,
    brand_names,
    describe,
)
from bench.shop.reviews import Reviews

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
EMPTY_CELLS = 0.06  # of the attribute table's cells but product_id
SOLD_PER_REVIEW = (4, 12)

Rows = list[list[str]]


def product_rows(
    reviews: Reviews, catalogue: Catalogue, rng: Generator
) -> tuple[Rows, Rows]:
    """The rows of data_product.csv, and of data_product_attribute.csv with some cells empty."""
    brands = brand_names(int(catalogue.brand.max()) + 1)
    texts = page_texts(catalogue, brands, rng)
    price = prices(catalogue, rng)
    shown, stars = page_ratings(reviews, catalogue)
    sold = (shown * rng.uniform(*SOLD_PER_REVIEW, size=len(shown))).astype(np.int64)
    pick = rng.integers(1000, size=(2, len(price)))
    is_full = rng.random((len(ATTRIBUTE_COLUMNS), len(price))) >= EMPTY_CELLS
    is_full[0] = True
    products: Rows = []
    attributes: Rows = []
    for i, text in enumerate(texts):
        key = str(catalogue.product_id[i])
        brand = brands[catalogue.brand[i]]
        category = CATEGORIES[catalogue.category[i]].name
        average = f"{stars[i] / shown[i]:.1f}" if shown[i] else ""
        numbers = [str(price[i]), average, str(sold[i])]
        products.append([key, text.name, brand, category, *numbers, text.description])
        design = DESIGNS[pick[0, i] % len(DESIGNS)]
        expiry = EXPIRIES[pick[1, i] % len(EXPIRIES)]
        told = [text.ingredient, text.feature, text.skin_type, text.capacity]
        cells = [key, *told, design, brand, expiry, origin(catalogue, i)]
        kept = zip(cells, is_full[:, i], strict=True)
        attributes.append([cell if full else "" for cell, full in kept])
    return products, attributes


def page_texts(
    catalogue: Catalogue, brands: Sequence[str], rng: Generator
) -> list[ProductTexts]:
    """What each product's page says; members of a family say nearly the same."""
    count = len(catalogue.brand)
    dice = rng.integers(2**31, size=(count, PRODUCT_DICE), dtype=np.int64)
    texts = []
    for i in range(count):
        first = catalogue.first[i]
        suits = zip(SKINS, catalogue.suits[:, i], strict=True)
        text = describe(
            CATEGORIES[catalogue.category[i]],
            brands[catalogue.brand[i]],
            origin(catalogue, i),
            [skin for skin, is_suited in suits if is_suited],
            int(i - first),
            dice[first].tolist(),
        )
        texts.append(text)
    return texts


def page_ratings(reviews: Reviews, catalogue: Catalogue) -> tuple[Floats, Floats]:
    """Ratings shown on each product's page and the sum of their stars, both (products,)."""
    is_shared = reviews.pages > 1

    def shown(weight: Floats) -> Floats:
        count = len(catalogue.brand)
        own = np.bincount(reviews.product, weights=weight * ~is_shared, minlength=count)
        first = catalogue.first[reviews.product]
        family = np.bincount(first, weights=weight * is_shared, minlength=count)
        return (own + family[catalogue.first]).astype(float)

    return shown(np.ones(len(is_shared))), shown(reviews.rating.astype(float))


def write_table(
    path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]
) -> None:
    """`rows` under `columns` in the same form of CSV as the reviews."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([columns, *rows])
