"""A title that is the same in all rows of a product is its name."""

from pathlib import Path

import pytest

from ops.init.names import of_products
from ops.init.roles import roles_of
from tests.ops.init.mapped import form
from tests.ops.init.now import NOW

HEADER = "user,item,stars,date,title"


def rows(*titles: str) -> list[str]:
    return [f"u{at},p{at % 3},5,2024-01-05,{title}" for at, title in enumerate(titles)]


@pytest.mark.parametrize(
    ("titles", "column"),
    [
        (("Tea", "Cup", "Pot") * 3, "title"),
        (("Tea", "Cup", "Cup") * 3, "title"),  # two of one name
        (("Tea", "Cup", "Pot") * 2, ""),  # too few rows to say
        (("Tea", "Cup", "Pot") * 3 + ("Mug",), ""),
        (("Nice", "", "") * 3, ""),
        (("", "", "") * 3, ""),
    ],
)
def test_a_name_is_the_same_in_all_rows_of_a_product(
    tmp_path: Path, titles: tuple[str, ...], column: str
) -> None:
    one = form(tmp_path, HEADER, *rows(*titles))
    assert of_products(one, "item") == column
    roles = roles_of(one, {}, NOW)
    assert roles.product_name.column == column
    assert roles.text.column == ("" if column else "title")


def test_what_a_person_says_goes_before(tmp_path: Path) -> None:
    one = form(tmp_path, HEADER, *rows(*("Tea", "Cup", "Pot") * 3))
    roles = roles_of(one, {"text": "title", "product_name": "none"}, NOW)
    assert (roles.text.column, roles.product_name.column) == ("title", "")


def test_a_product_that_is_known_by_its_name_has_no_other(tmp_path: Path) -> None:
    lines = [f"u{at},Tea {at % 2},5,2024-01-05" for at in range(8)]
    one = form(tmp_path, "user,title,stars,date", *lines)
    assert of_products(one, "title") == ""
