"""Skin types and categories have the words that texts are composed of."""

from bench.shop.kinds import CATEGORIES, SKINS, pick


def test_names_are_distinct() -> None:
    for kinds in (SKINS, CATEGORIES):
        assert len({kind.name for kind in kinds}) == len(kinds)


def test_every_category_has_a_capacity_for_each_variant() -> None:
    assert all(len(category.capacities) == 3 for category in CATEGORIES)


def test_no_benefit_is_a_harm() -> None:
    benefits = {text for skin in SKINS for text in skin.benefits}
    assert not benefits & {text for skin in SKINS for text in skin.harms}


def test_pick_goes_round() -> None:
    assert [pick(("a", "b"), die) for die in range(3)] == ["a", "b", "a"]
