"""Customers and products are found by a piece of what they are called."""

from pathlib import Path

import pytest

from ops.look.find import MOST, Search, folded
from recsys.serving.recommender import Recommender
from tests.recsys.serving import worlds


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> Search:
    return Search(worlds.recommender(tmp_path_factory.mktemp("shop")))


def test_customers_by_a_piece_of_their_id_the_exact_one_first(search: Search) -> None:
    assert search.find("u1").users == ["u1", "u10", "u11"]
    assert search.find(" u10 ").users == ["u10"]
    assert search.find("1").users == ["u1", "u10", "u11"]
    assert search.find("ad").users == ["sad"]
    assert search.find("0u").users == []  # the end of one and the beginning of the next
    assert search.find("U1").users == []


def test_products_by_id_and_by_words_without_accents(search: Search) -> None:
    assert search.find("p3").products == [3]
    assert search.find("KEM so 4").products == [4]
    assert search.find("4 kém").products == [4]
    assert search.find("rosa").products == [0, 2, 4, 6]  # the brand of even ones
    assert search.find("p8").products == [8]  # it has no name any more
    assert search.find("đ nothing").products == []


def test_nothing_is_found_for_nothing_and_never_too_much(search: Search) -> None:
    for text in ("", "   "):
        found = search.find(text)
        assert (found.users, found.products, found.are_all) == ([], [], True)
    assert search.find("p").are_all
    assert len(search.find("u").users) < MOST


@pytest.mark.parametrize(
    ("text", "plain"), [("Kem Mắt Đỏ", "kem mat do"), ("ÀÉî", "aei"), ("ﬁ", "fi")]
)
def test_case_and_accents_do_not_count(text: str, plain: str) -> None:
    assert folded(text) == plain


def test_more_than_can_be_shown(tmp_path: Path) -> None:
    class Many(Recommender):
        """One whose products all match."""

    shop = worlds.recommender(tmp_path)
    shop.__class__ = Many
    search = Search(shop)
    search.__dict__["_product_texts"] = ["kem"] * 50
    found = search.find("kem")
    assert len(found.products) == MOST and not found.are_all
