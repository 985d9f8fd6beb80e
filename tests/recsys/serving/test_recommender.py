"""Lists: the best unseen products, whole wherever they can be filled."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recsys.program.errors import ConfigError, DataError
from recsys.serving.kept_places import kept_places
from recsys.serving.recommender import Answer, Item, KeptPlace, Recommender, Wish
from tests.recsys.serving import worlds
from tests.worlds import complains, one_blas_thread


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    return worlds.recommender(tmp_path_factory.mktemp("shop"))


def ids(answer: Answer) -> list[str]:
    return [item.product_id for item in answer.items]


ALL = Wish(k=100)
U0_SEEN = ["p2", "p4", "p6", "p8"]  # p2 is his test positive


def test_a_list_falls_by_score_and_its_parts_add_up(shop: Recommender) -> None:
    answer = shop.recommend("u0", ALL)
    assert answer.how == "trained"
    assert ids(answer)[0] == "p0"  # the one even product that he has not
    scores = [item.score for item in answer.items]
    assert scores == sorted(scores, reverse=True)
    for item in answer.items:
        assert list(item.parts) == ["factors", "content", "popularity", "neighbours"]
        assert sum(item.parts.values()) == pytest.approx(item.score, abs=1e-5)
    assert answer.items[0].name == "Kem số 0"


def test_what_a_user_has_touched_is_never_shown(shop: Recommender) -> None:
    assert sorted(ids(shop.recommend("u0", ALL))) == [
        f"p{item}" for item in (0, 1, 3, 5, 7, 9)
    ]
    assert shop.bought_by("u0") == ["Kem số 2", "Kem số 4", "Kem số 6", "p8"]
    assert "p0" not in ids(shop.recommend("u1", ALL))  # disliked


@pytest.mark.parametrize(
    ("user", "how", "first"),
    [
        ("new", "new user", "p3"),
        ("cold", "fallback to content and popularity", "p1"),
        ("sad", "fallback to popularity", "p1"),
        ("nobody", "fallback to popularity", "p0"),
    ],
)
def test_others_are_ranked_by_the_rule_of_newcomers(
    shop: Recommender, user: str, how: str, first: str
) -> None:
    answer = shop.recommend(user)
    assert answer.how == how
    if user in ("new", "cold"):
        assert int(ids(answer)[0][1:]) % 2 == 1  # like what they liked
    else:
        assert ids(answer)[0] == ids(shop.recommend(None))[0] or user == "sad"


def test_ties_go_to_the_smaller_index(shop: Recommender) -> None:
    answer = shop.recommend(None, ALL)
    order = [(-item.score, int(item.product_id[1:])) for item in answer.items]
    assert order == sorted(order)
    assert len({score for score, _ in order}) < len(order)


def test_filters_never_shorten_a_list_that_can_be_filled(shop: Recommender) -> None:
    for user in ("u0", "new", None):
        for exclude in ((), ("p1", "p99", "p3")):
            answer = shop.recommend(user, Wish(k=2, brand="lan", exclude=exclude))
            assert len(ids(answer)) == 2
            assert not set(ids(answer)) & set(exclude)
            assert all(int(product[1:]) % 2 for product in ids(answer))
    with complains(ConfigError, "no product of brand"):
        shop.recommend("u0", Wish(brand="Nobody"))


def test_hidden_products_are_shown_to_nobody(shop: Recommender) -> None:
    shop.catalogue.hide(["p0", "p3"])
    try:
        shown = ids(shop.recommend("u0", ALL)) + ids(shop.similar("p1", ALL))
        assert not {"p0", "p3"} & set(shown)
        assert len(shop.recommend("u0", Wish(k=4)).items) == 4
        items, _ = shop.lists(np.arange(15), 10)
        assert not np.isin(items, [0, 3]).any()
    finally:
        shop.catalogue.hide([])


def test_an_anonymous_visitor_is_ranked_by_what_was_just_bought(
    shop: Recommender,
) -> None:
    answer = shop.recommend(None, Wish(k=100, bought=("p1", "p99")))
    assert answer.how == "new user"
    assert answer.unknown == ["p99"]
    assert "p1" not in ids(answer)
    assert int(ids(answer)[0][1:]) % 2 == 1
    assert shop.recommend(None, Wish(bought=("p9",))).how.startswith("fallback")
    assert shop.recommend(None, Wish(bought=("p99",))).how == "fallback to popularity"


def test_what_is_excluded_and_not_known_is_told(shop: Recommender) -> None:
    wish = Wish(k=3, exclude=("p1", "p2,p3"))
    assert shop.recommend("u0", wish).unknown == ["p2,p3"]
    assert shop.similar("p5", wish).unknown == ["p2,p3"]


def test_purchases_since_training_change_the_list_of_a_known_user(
    shop: Recommender,
) -> None:
    odd = ("p1", "p3", "p5")
    answer = shop.recommend("u0", Wish(k=100, bought=odd))
    assert answer.how == "new user"
    assert sorted(ids(answer)) == ["p0", "p7", "p9"]
    before = shop.recommend("sad", Wish(k=100))
    after = shop.recommend("sad", Wish(k=100, bought=("p0",)))  # he likes it by now
    assert (before.how, after.how) == ("fallback to popularity", "new user")


def test_products_like_this_one(shop: Recommender) -> None:
    answer = shop.similar("p2", ALL)
    assert len(answer.items) == 9
    assert "p2" not in ids(answer)
    assert all(int(product[1:]) % 2 == 0 for product in ids(answer)[:4])
    assert list(answer.items[0].parts) == ["factors", "content"]
    unknown_to_the_model = shop.similar("p9", Wish(k=3)).items
    assert [list(item.parts) for item in unknown_to_the_model] == [["content"]] * 3
    assert all(int(item.product_id[1:]) % 2 for item in unknown_to_the_model)
    with complains(DataError, "'p99' is not in the model"):
        shop.similar("p99")


def test_like_a_product_of_which_nothing_is_known_are_the_popular_ones(
    tmp_path: Path,
) -> None:
    """Not those that the catalogue happens to begin with."""
    release = worlds.recommender(tmp_path).release
    vectors = np.zeros_like(release.arrays["content"])
    textless = Recommender(
        replace(release, arrays={**release.arrays, "content": vectors})
    )
    answer = textless.similar("p9", Wish(k=4))
    popular = textless.recommend(None, Wish(k=4, exclude=["p9"]))
    assert ids(answer) == ids(popular) != ["p0", "p1", "p2", "p3"]
    assert (answer.how, list(answer.items[0].parts)) == (popular.how, ["popularity"])
    assert textless.similar("p2", Wish(k=4)).how == "similar"


def test_many_lists_at_once_are_the_same_to_the_last_bit(shop: Recommender) -> None:
    with one_blas_thread():
        items, scores = shop.lists(np.arange(15), 10)
        for row in range(15):
            answer = shop.recommend(shop.release.users.text(row))
            many = [f"p{item}" for item in items[row].tolist() if item >= 0]
            assert ids(answer) == many
            alone = [item.score for item in answer.items]
            assert alone == scores[row, : len(alone)].tolist()


def test_a_model_of_factors_alone_gives_their_product(tmp_path: Path) -> None:
    shop = worlds.recommender(tmp_path, content=0.0, popularity=0.0, neighbours=0.0)
    answer = shop.recommend("u0")
    assert all(item.parts == {"factors": item.score} for item in answer.items)


# ---- places for new items ----
def kept(answer: Answer) -> list[str]:
    """The products on places that are kept for new ones, with the words that stand there."""
    return [
        f"{item.product_id} {item.place}"
        for item in answer.items
        if isinstance(item, KeptPlace)
    ]


def test_new_products_stand_on_the_places_that_are_kept_for_them(
    tmp_path: Path,
) -> None:
    shop = worlds.with_new_items(tmp_path, 9, 1, 3, 5)  # all places but the first
    answer = shop.recommend("u0", ALL)
    by_score = worlds.with_new_items(tmp_path / "0", 0, 1, 3, 5).recommend("u0", ALL)
    assert ids(by_score) == ["p0", "p7", "p9", "p5", "p3", "p1"]
    assert ids(answer) == ["p0", "p5", "p3", "p1", "p7", "p9"]
    assert kept(answer) == ["p5 new", "p3 new", "p1 new"]
    scored = {item.product_id: item.score for item in by_score.items}
    assert {item.product_id: item.score for item in answer.items} == scored
    assert type(answer.items[0]) is Item and kept(by_score) == []


def test_a_shorter_list_is_the_beginning_of_a_longer_one(tmp_path: Path) -> None:
    shop = worlds.with_new_items(tmp_path, 9, 1, 3, 5)
    for user in ("u0", "u1", "new", "cold", "sad", None):
        whole = shop.recommend(user, ALL).items
        for k in range(1, len(whole)):
            assert shop.recommend(user, Wish(k=k)).items == whole[:k]


def test_what_is_seen_hidden_excluded_or_filtered_stands_on_no_kept_place(
    tmp_path: Path,
) -> None:
    shop = worlds.with_new_items(tmp_path, 9, 1, 3, 5, 7)
    # all others are seen, and this one needs no place that is kept
    assert ids(shop.recommend("u1", ALL)) == ["p1", "p8", "p6", "p4", "p2"]
    assert kept(shop.recommend("u1", ALL)) == []
    assert kept(shop.recommend("u0", Wish(exclude=["p5", "p0"], brand="lan"))) == [
        *("p7 new", "p3 new", "p1 new")
    ]
    shop.catalogue.hide(["p7", "p3"])
    assert kept(shop.recommend("u0", Wish(exclude=["p5"], brand="lan"))) == ["p1 new"]
    assert "p7" not in ids(shop.recommend("u0", ALL))


def test_new_products_of_which_the_score_says_nothing_stand_by_content(
    tmp_path: Path,
) -> None:
    """p2 is like the even products, p7 and p9 like the odd ones, and more so than p1."""
    rows = worlds.ROWS.copy()
    rows[[2, 7, 9]] = 0
    off = {"content": 0.0, "popularity": 1.0, "neighbours": 0.0}
    shop = worlds.with_new_items(tmp_path, 9, 2, 7, 9, rows=rows, **off)
    assert kept(shop.recommend("u2", ALL)) == [
        *("p2 new, by content", "p9 new, by content", "p7 new, by content")
    ]
    assert kept(shop.recommend("new", ALL))[0] == "p7 new, by content"  # likes p1
    visitor = shop.recommend(None, Wish(k=100, bought=["p4"]))
    assert kept(visitor)[0] == "p2 new, by content"
    # of one who likes nothing, what is like that which the shop's users like
    assert kept(shop.recommend("nobody", ALL))[0].endswith("new, by content")


@pytest.mark.parametrize("places", [1, 5, 9])
def test_lists_of_all_users_have_the_same_places_to_the_last_bit(
    tmp_path: Path, places: int
) -> None:
    rows = worlds.ROWS.copy()
    rows[[1, 2]] = 0
    for name, weights in (("a", {"content": 0.0, "neighbours": 0.0}), ("b", {})):
        shop = worlds.with_new_items(
            tmp_path / name, places, 1, 2, 9, rows=rows, **weights
        )
        with one_blas_thread():
            items, scores = shop.lists(np.arange(15), 10)
            for row in range(15):
                answer = shop.recommend(shop.release.users.text(row))
                many = [f"p{item}" for item in items[row].tolist() if item >= 0]
                assert ids(answer) == many
                alone = [item.score for item in answer.items]
                assert alone == scores[row, : len(alone)].tolist()


def test_what_was_only_disliked_in_training_is_not_new(tmp_path: Path) -> None:
    """u1 has disliked p0; `new` and `sad`, who were not trained on, p2 and p0."""
    shop = worlds.with_new_items(tmp_path, 9, 0, 2, 4)
    assert np.flatnonzero(kept_places(shop.release).is_new).tolist() == [2, 4]


def test_products_like_one_have_no_kept_places(tmp_path: Path) -> None:
    shop = worlds.with_new_items(tmp_path, 9, 1, 3)
    assert kept(shop.similar("p2", ALL)) == []
