"""Brand names and the texts of a product's page."""

import pytest

from bench.shop.kinds import CATEGORIES, SKINS
from bench.shop.product_texts import (
    ALL_SKINS,
    BRANDS,
    PRODUCT_DICE,
    brand_names,
    describe,
)

ZEROS = [0] * PRODUCT_DICE


def test_brand_names_are_distinct_and_limited() -> None:
    assert len(set(brand_names(BRANDS))) == BRANDS
    with pytest.raises(ValueError, match="401 brands asked, 400 can be named"):
        brand_names(401)


def test_describe_known_answer() -> None:
    texts = describe(CATEGORIES[1], "Zuvelia", "Pháp", SKINS[1:2], 0, ZEROS)
    assert texts.name == "Sữa Rửa Mặt Zuvelia Rau Má Cấp Ẩm Sâu Cho Da Khô 100ml"
    assert texts.ingredient == "Nước tinh khiết, rau má, tràm trà, glycerin"
    assert texts.feature == "cấp ẩm sâu; bọt mịn"
    assert (texts.skin_type, texts.capacity) == ("da khô", "100ml")
    assert texts.description == texts.description.lower()
    assert "zuvelia đến từ pháp, dành cho da khô." in texts.description


def test_variants_are_two_of_it_and_a_larger_one() -> None:
    one, two, large = (
        describe(CATEGORIES[1], "Zuvelia", "Pháp", SKINS[1:2], variant, ZEROS)
        for variant in range(3)
    )
    assert two.name == f"Combo 2 {one.name}" and two.capacity == "2 x 100ml"
    assert large.capacity == "150ml"
    assert one.ingredient == two.ingredient == large.ingredient


def test_skins_are_named_in_order_or_all_at_once() -> None:
    some = describe(CATEGORIES[0], "Zuvelia", "Mỹ", SKINS[:2], 0, ZEROS)
    every = describe(CATEGORIES[0], "Zuvelia", "Mỹ", SKINS, 0, ZEROS)
    assert some.skin_type == "da dầu|da khô"
    assert every.skin_type == ALL_SKINS
