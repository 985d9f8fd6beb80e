"""Tables of recommendations: what stands in them."""

from dataclasses import replace

from ops.deploy.releases import Places
from ops.recommendations import look, source
from recsys.serving.recommender import Item, KeptPlace, Wish


def test_a_line_a_product_with_the_parts_of_its_score() -> None:
    item = Item("p1", "Kem\x1b[31m", 1.5, {"factors": 2.0, "content": -0.5})
    head, line = look.table([item])
    assert head.split() == ["RANK", "PRODUCT", "NAME", "SCORE", "FACTORS", "CONTENT"]
    assert line.split() == ["1", "p1", r"Kem\x1b[31m", "1.500", "2.000", "-0.500"]


def test_a_product_on_a_place_for_new_ones_says_so() -> None:
    parts = {"factors": 2.0}
    items = [
        Item("p1", "Kem", 2.0, parts),
        KeptPlace("p2", "Son", 2.0, parts, "new, by content"),
    ]
    head, first, second = look.table(items)
    assert head.split() == ["RANK", "PRODUCT", "NAME", "SCORE", "FACTORS", "PLACE"]
    assert first.split() == ["1", "p1", "Kem", "2.000", "2.000"]
    assert second.split()[-3:] == ["new,", "by", "content"]


def test_a_user_is_shown_with_what_they_bought(places: Places) -> None:
    found = source.choose(places, None)
    text = look.of_user(found, "u0", found.recommender.recommend("u0", Wish(k=1)))
    lines = text.splitlines()
    assert lines[1] == "user u0 (trained) has bought or rated"
    assert lines[2:6] == ["    Kem số 2", "    Kem số 4", "    Kem số 6", "    p8"]
    assert lines[-1].split()[:2] == ["1", "p0"]


def test_who_is_not_known_is_told_so(places: Places) -> None:
    found = source.choose(places, None)
    text = look.of_user(found, "x\x07", found.recommender.recommend("x", Wish(k=1)))
    assert r"user x\x07 is not known to the model: popular products" in text


def test_where_nothing_is_left_it_is_said(places: Places) -> None:
    found = source.choose(places, None)
    found.recommender.catalogue.hide([f"p{item}" for item in range(10)])
    answer = found.recommender.recommend("u0")
    assert look.of_user(found, "u0", answer).endswith("no product is left to show")
    assert look.as_json(found, answer, user_id="u0")["items"] == []


def test_json_says_the_same(places: Places) -> None:
    found = source.choose(places, None)
    answer = found.recommender.similar("p2", Wish(k=1))
    said = look.as_json(found, answer, product_id="p2")
    assert list(said) == ["model_id", "where", "product_id", "how", "items"]
    assert "products like p2 Kem số 2\n" in look.of_product(found, "p2", answer)
    popular = replace(answer, how="fallback to popularity")
    assert (
        "products like p2 Kem số 2: nothing is known of it (fallback to popularity)\n"
    ) in look.of_product(found, "p2", popular)
