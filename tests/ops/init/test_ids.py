"""Numbers of orders and lines that are no products, and sellers that are no users."""

from pathlib import Path

import pytest

from ops.init.doubts import Doubt
from ops.init.ids import of_ids
from ops.init.plan import UnclearError
from ops.init.roles import roles_of
from tests.ops.init.mapped import form, planned
from tests.ops.init.now import NOW


def asked(folder: Path, *lines: str, **given: str) -> Doubt | None:
    one = form(folder, *lines)
    return of_ids(one, roles_of(one, given, NOW), given)


def test_the_app_of_a_user_is_no_user(tmp_path: Path) -> None:
    apps = ("web", "ios")
    rows = [f"a{at},{apps[at % 2]},p{at % 7},2024-01-05" for at in range(60)]
    found = asked(tmp_path, "account,client,item,date", *rows)
    assert found is not None
    assert "'client' has only 2 different ones in 60 rows (web, ios)" in found.question
    assert asked(tmp_path, "account,client,sku,date", *rows, user="client") is None
    assert asked(tmp_path, "account,client,sku,date", *rows[:40]) is None
    assert asked(tmp_path, "client,app,sku,date", *rows) is None


def orders(lines: int, name: str = "id") -> list[str]:
    """Orders of so many lines, one or two of each user."""
    rows = [
        f"{at // lines},u{at // lines % 37},Tea {at % 7},2024-01-05"
        for at in range(120)
    ]
    return [f"{name},user,what,date", *rows]


def test_the_number_of_an_order_is_no_product(tmp_path: Path) -> None:
    found = asked(tmp_path, *orders(2))
    assert found is not None
    assert "'id' has no value that two users have" in found.question
    assert found.option == "--product"
    assert asked(tmp_path, *orders(2), product="id") is None
    assert asked(tmp_path, *orders(2)[:40]) is None  # too few to tell
    assert asked(tmp_path, *orders(2, "sku")) is None  # the name says what it is
    with pytest.raises(UnclearError, match="which column is the product"):
        planned(tmp_path, *orders(2))


@pytest.mark.parametrize("products", [12, 40])
def test_an_id_that_several_users_have_is_a_product(
    tmp_path: Path, products: int
) -> None:
    rows = [f"{at % products},u{at % 37},2024-01-05" for at in range(120)]
    assert asked(tmp_path, "id,user,date", *rows) is None


def test_the_product_beside_the_number_of_an_order(tmp_path: Path) -> None:
    rows = [f"{at // 2},u{at % 37},S{at % 9},2024-01-05" for at in range(120)]
    found = planned(tmp_path, "ID,Email,Item SKU,Date", *rows)
    assert found.entry["product"] == "Item SKU"


@pytest.mark.parametrize(
    ("name", "step", "starts"),
    [("item", 10, 10), ("article", 1, 1), ("product_id", 5, 100)],
)
def test_the_number_of_a_line_is_no_product(
    tmp_path: Path, name: str, step: int, starts: int
) -> None:
    counts = [line for many in (3, 1, 5, 2, 14) * 4 for line in range(many)]
    rows = [
        f"u{at},{starts + step * line},2024-01-05" for at, line in enumerate(counts)
    ]
    header = f"user,{name},date"
    found = asked(tmp_path, header, *rows)
    assert found is not None
    assert f"{name!r} counts ({starts}, {starts + step}, " in found.question
    assert asked(tmp_path, header, *rows, product=name) is None


def test_products_that_each_customer_was_asked_about(tmp_path: Path) -> None:
    rows = [f"u{at // 20},{at % 20},{at % 4 + 1},2024-01-05" for at in range(400)]
    assert asked(tmp_path, "user,item,stars,date", *rows) is None


def test_a_few_products_have_a_clear_name(tmp_path: Path) -> None:
    """Of a vague one they may be lines."""
    rows = [f"u{at % 31},{(at * 7) % 6}0,2024-01-05" for at in range(240)]
    found = asked(tmp_path, "user,item,date", *rows)
    assert found is not None
    assert "'item' has only 6 different ones in 240 rows" in found.question
    assert asked(tmp_path, "user,product_id,date", *rows) is None
    words = [row.replace(",", ",tea-", 1) for row in rows]
    assert asked(tmp_path, "user,item,date", *words) is None


def test_who_sells_is_no_user(tmp_path: Path) -> None:
    rows = [f"cashier{at % 11},c{at % 71},p{at % 13},2024-01-05" for at in range(240)]
    found = asked(tmp_path, "user,customer_id,sku,date", *rows)
    assert found is not None
    assert "'user' has 11 different ones in 240 rows" in found.question
    assert "'customer_id' has 71" in found.question
    assert (found.option, found.example) == ("--user", "customer_id")
    named = {"user": "customer_id"}
    assert asked(tmp_path, "user,customer_id,sku,date", *rows, **named) is None
    assert asked(tmp_path, "user,session_id,sku,date", *rows) is None  # has several
    assert asked(tmp_path, "user,shelf,sku,date", *rows) is None
