"""The page of a look: alone, readable, and nothing from outside is run."""

from pathlib import Path
from typing import Any

import pytest

from ops.look import page
from ops.look.answers import Answer, Asked, Desk, Product
from ops.look.find import Found
from tests.pages import (
    HOSTILE,
    Page,
    check_alone,
    check_harmless,
    check_readable,
    words,
)
from tests.recsys.serving import worlds


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    first = worlds.recommender(tmp_path_factory.mktemp("first"))
    return Desk(
        first, worlds.recommender(tmp_path_factory.mktemp("other"), popularity=9.0)
    )


def shown(desk: Desk, **asked: Any) -> str:
    return page.page(desk.answer(Asked(**asked)), "Model als-1")


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({}, "Search for a customer to see what they bought"),
        ({"find": "kem"}, "Found for kem"),
        ({"find": "zzz"}, "None has this in their id. What would they get?"),
        ({"user": "u0"}, "Bought or rated: 4"),
        (
            {"user": "u0", "product": "p0"},
            "It has rank 1 of 6 products that may be shown. By popularity it has rank",
        ),
        ({"user": "u0", "product": "p4"}, "Not in the list: bought or rated"),
        ({"user": "nobody"}, "Not known to the model"),
        ({"product": "p2"}, "What is like it"),
    ],
)
def test_each_page_is_alone_and_readable(
    desk: Desk, asked: dict[str, str], sentence: str
) -> None:
    html = shown(desk, **asked)
    assert sentence in words(html)
    check_alone(html, "/")
    check_readable(html, plots=0)


def test_nothing_is_asked_for_by_an_address(desk: Desk) -> None:
    for asked in ({"find": "u"}, {"user": "u0", "product": "p0"}, {"product": "p2"}):
        found = Page(shown(desk, **asked))
        assert all(form["method"] == "post" for form in found.all("form"))
        assert all(link["href"] == "#main" for link in found.all("a"))


def test_hostile_names_are_text(tmp_path: Path) -> None:
    long = f"{HOSTILE}{'x' * 10_000}"
    product = Product("p1", long)
    answer = Answer(Asked(find=HOSTILE), Found([HOSTILE], [0]), (product,))
    html = page.page(answer, "Model als-1", HOSTILE)
    check_harmless(html)
    check_readable(html, plots=0)
    assert "x" * 301 not in html


def test_writing_from_right_to_left_stays_in_its_place() -> None:
    name = "كريم\u202e 👩‍🔬 מסכה"
    answer = Answer(Asked(find="x"), Found([], [0]), (Product("p1", name),))
    html = page.page(answer, "Model als-1")
    assert "<bdi>كريم 👩‍🔬 מסכה</bdi>" in html
