"""Queries: what a list should be like, or the first parameter that is wrong."""

import pytest

from recsys.program.errors import ConfigError
from recsys.serving.query import described, described_why, product_of, wish_of
from recsys.serving.recommender import Wish
from tests.worlds import complains


@pytest.mark.parametrize(
    ("query", "wish"),
    [
        (b"", Wish()),
        (b"k=3", Wish(k=3)),
        (b"k=0007", Wish(k=7)),
        (b"exclude=p1&exclude=a%2Cb", Wish(exclude=["p1", "a,b"])),
        (b"brand=L%C3%A0n+Da&type=", Wish(brand="Làn Da", type="")),
        ("brand=đ".encode("latin-1", "replace"), Wish(brand="?")),
    ],
)
def test_what_is_wished_for(query: bytes, wish: Wish) -> None:
    found = wish_of(query)
    assert (found.k, list(found.exclude)) == (wish.k, list(wish.exclude))
    assert (found.brand, found.type) == (wish.brand, wish.type)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (b"k=0", "k: a number from 1 to 1000"),
        (b"k=1001", "k: a number"),
        (b"k=-1", "k: a number"),
        (b"k=1e3", "k: a number"),
        (b"k=", "k: a number"),
        (b"k=99999999999999999999", "k: a number"),
        ("k=１".encode(), "k: a number"),
        (b"k=1&k=2", "k: given twice"),
        (b"brand=a&brand=b", "brand: given twice"),
        (b"exlude=p1", "exlude: no parameter; known are k, exclude, brand, type"),
        (b"type=" + b"x" * 1001, "type: more than 1000 characters"),
        (b"exclude=1&" * 1004, "more than 1000 products"),
    ],
)
def test_a_wrong_parameter_is_named(query: bytes, words: str) -> None:
    with complains(ConfigError, words):
        wish_of(query)


def test_each_parameter_is_described() -> None:
    parameters = described("user_id", "2130", "A user.")["parameters"]
    assert [one["name"] for one in parameters] == [
        *("user_id", "k", "exclude", "brand", "type")
    ]
    assert parameters[0]["required"] and parameters[0]["example"] == "2130"


def test_the_product_that_is_asked_about() -> None:
    assert product_of(b"product=a%2Fb") == "a/b"
    for query in (b"", b"product=a&product=b", b"k=1", b"product=a&k=1"):
        with complains(ConfigError, "one product id is needed"):
            product_of(query)
    with complains(ConfigError, "more than 1000 characters"):
        product_of(b"product=" + b"a" * 1001)
    assert [one["name"] for one in described_why("u", "p")["parameters"]] == [
        *("user_id", "product")
    ]
