"""Why a product is where it is: the same numbers as the list that is served."""

from pathlib import Path

import numpy as np
import pytest

from recsys.program.errors import DataError
from recsys.serving.recommender import Recommender, Wish
from recsys.serving.why import DELISTED, HIDDEN, SEEN, why
from tests.recsys.serving import worlds
from tests.worlds import complains

ALL = Wish(k=100)
USERS = ("u0", "u1", "new", "cold", "sad", "nobody", None)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    return worlds.recommender(tmp_path_factory.mktemp("shop"))


def check_against_the_list(shop: Recommender, user: str | None) -> None:
    answer = shop.recommend(user, ALL)
    for rank, item in enumerate(answer.items, 1):
        found = why(shop, user, item.product_id)
        assert (found.rank, found.rank_if_shown) == (rank, rank)
        assert (found.how, found.of) == (answer.how, len(answer.items))
        assert (found.score, found.parts) == (item.score, item.parts)
        assert found.kept_out == []


@pytest.mark.parametrize("user", USERS)
def test_each_product_of_a_served_list_has_its_place(
    shop: Recommender, user: str | None
) -> None:
    check_against_the_list(shop, user)


@pytest.mark.parametrize("places", [1, 9])
def test_so_it_has_where_places_are_kept_for_new_products(
    tmp_path: Path, places: int
) -> None:
    shop = worlds.with_new_items(tmp_path, places, 1, 3, 5)
    for user in USERS:
        check_against_the_list(shop, user)
    assert why(shop, "u0", "p5").positives == 0


def test_what_keeps_a_product_out_and_where_it_would_stand(shop: Recommender) -> None:
    found = why(shop, "u0", "p4")
    assert (found.rank, found.kept_out) == (None, [SEEN])
    assert found.rank_if_shown == 1  # even, as all that he likes
    disliked = why(shop, "u1", "p0")
    assert (disliked.rank, disliked.kept_out) == (None, [SEEN])
    shop.catalogue.hide(["p0", "p4"])
    try:
        assert why(shop, "u0", "p4").kept_out == [SEEN, HIDDEN]
        hidden = why(shop, "u0", "p0")
        assert (hidden.rank, hidden.kept_out) == (None, [HIDDEN])
        assert hidden.rank_if_shown == 1 and hidden.of == 5
        shop.catalogue.hide(["p0"], ["p0", "p4"])
        assert why(shop, "u0", "p0").kept_out == [DELISTED]
    finally:
        shop.catalogue.hide([])


def test_the_rank_without_a_part_is_that_of_the_others(tmp_path: Path) -> None:
    shop = worlds.recommender(tmp_path, content=0.5, popularity=9.0, neighbours=0.0)
    found = why(shop, "u0", "p9")
    assert list(found.rank_without) == ["factors", "content", "popularity"]
    without = worlds.recommender(tmp_path / "b", popularity=0.0, neighbours=0.0)
    for item in shop.catalogue.ids:
        one, other = why(shop, "u0", item), why(without, "u0", item)
        assert one.rank_without["popularity"] == other.rank_if_shown
    assert why(shop, "nobody", "p9").rank_without == {}  # nothing but popularity


def test_what_was_bought_gives_the_parts(shop: Recommender) -> None:
    found = why(shop, "u0", "p0", nearest=100)
    assert found.likes == 4 == len(found.nearest)  # p2 is the test's
    assert {one.product_id for one in found.nearest} == {"p2", "p4", "p6", "p8"}
    likeness = [one.likeness for one in found.nearest]
    assert likeness == sorted(likeness, reverse=True)
    for name in ("content", "neighbours"):
        given = sum(one.gives[name] for one in found.nearest)
        assert given == pytest.approx(found.parts[name], abs=1e-4)
    like = {item.product_id: item.score for item in shop.similar("p0", ALL).items}
    assert all(one.likeness == like[one.product_id] for one in found.nearest)
    assert len(why(shop, "u0", "p0", nearest=1).nearest) == 1


def test_what_nobody_likes_gives_nothing(shop: Recommender) -> None:
    for user in ("sad", "nobody"):
        found = why(shop, user, "p1")
        assert (found.nearest, found.likes) == ([], 0)
    assert why(shop, "sad", "p1").is_known and not why(shop, "nobody", "p1").is_known


def test_popularity_in_positives_and_by_place(shop: Recommender) -> None:
    liked = worlds.rows_of(shop.release, "liked", slice(0, 15))
    counts = np.diff(liked.tocsc().indptr)
    for item, product in enumerate(shop.catalogue.ids):
        found = why(shop, "u0", product)
        assert found.positives == counts[item]
        assert found.popularity_rank == 1 + (counts > counts[item]).sum()


def test_an_unknown_product_is_one_message(shop: Recommender) -> None:
    with complains(DataError, "product 'p99' is not in the model; it knows 10"):
        why(shop, "u0", "p99")
