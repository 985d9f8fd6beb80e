"""What users of a generated shop buy follows their taste."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from bench.shop.catalogue import make_catalogue
from bench.shop.choices import USUAL, Habit, Shelf, draw_products, upper_edges
from bench.shop.customers import draw_users, make_taste
from bench.shop.product_texts import ALL_SKINS
from tests.bench.shop.files import ATTRIBUTES, table, written


def test_shelf_gives_a_loyal_user_only_the_favourite_brand() -> None:
    rng = np.random.default_rng(3)
    catalogue = make_catalogue(60, rng)
    taste = make_taste(50, catalogue, rng)
    user = np.repeat(np.arange(50, dtype=np.int32), 4)
    product = Shelf(catalogue).draw(user, Habit((0, 0, 1), (1, 0, 0)), taste, rng)
    assert catalogue.brand[product].tolist() == taste.brands[user, 0].tolist()


def test_upper_edges_cut_the_unit_interval_by_weight() -> None:
    assert upper_edges(np.array([1.0, 2.0, 1.0])) == pytest.approx([1 / 4, 3 / 4, 1])


def test_most_users_do_not_buy_the_same_product_twice() -> None:
    rng = np.random.default_rng(4)
    catalogue = make_catalogue(300, rng)
    taste = make_taste(1000, catalogue, rng)
    user = draw_users(1000, 2000, rng)
    product = draw_products(user, taste, catalogue, rng)
    pairs = set(zip(user.tolist(), product.tolist(), strict=True))
    assert len(pairs) > 0.9 * 2000
    drawn_once = Shelf(catalogue).draw(user, USUAL, taste, rng)
    assert len(pairs) > len(set(zip(user.tolist(), drawn_once.tolist(), strict=True)))


def test_a_tenth_of_the_products_has_a_third_of_the_reviews(default_shop: Path) -> None:
    counts = sorted(
        Counter(row[1] for row in written(default_shop)).values(), reverse=True
    )
    assert sum(counts[:30]) > sum(counts) / 3


def test_later_purchases_match_the_first_one_s_skin_type_more_than_chance(
    default_shop: Path,
) -> None:
    skins = {
        row[0]: set(row[3].split("|")) - {""}
        for row in table(default_shop, ATTRIBUTES)[1:]
    }
    told = {page for page, types in skins.items() if types and types != {ALL_SKINS}}
    by_user: dict[str, list[str]] = {}
    for row in written(default_shop):
        by_user.setdefault(row[0], []).append(row[1])
    pairs = [
        (pages[0], pages[-1])
        for pages in by_user.values()
        if pages[0] != pages[-1] and {pages[0], pages[-1]} <= told
    ]
    others = np.random.default_rng(0).permutation([last for _, last in pairs]).tolist()
    match = np.mean([bool(skins[first] & skins[last]) for first, last in pairs])
    chance = np.mean(
        [
            bool(skins[pair[0]] & skins[other])
            for pair, other in zip(pairs, others, strict=True)
        ]
    )
    assert len(pairs) > 300
    assert match > chance + 0.2
