"""Files of products beside files of ratings and orders."""

from pathlib import Path

import pytest

from ops.init.plan import UnclearError
from ops.init.told_apart import looks_like_products, told_apart
from tests.ops.init.mapped import RATINGS, form, planned
from tests.ops.init.now import NOW

ORDERS = "Order ID,Customer Name,Product ID,Product Name,Order Date,Status"


def orders(rows: int) -> list[str]:
    return [
        f"{at // 2},Nguyen {at % 4},p{at % 3},Tea,2024-01-0{1 + at % 7},paid"
        for at in range(rows)
    ]


@pytest.mark.parametrize(
    ("lines", "are_products"),
    [
        (("sku,title,vendor,price", "p1,Tea,House,9.5", "p2,Cup,House,2"), True),
        (("book_id,title,author", "b1,Old ships,A. Ba", "b2,Cats,C. Do"), True),
        (("book_id,author,rating,date", "b1,A. Ba,5,2024-01-05"), False),
        ((ORDERS, *orders(9)), False),
        (
            ("order_id,product_id,price", *(f"{at},p{at % 2},9" for at in range(9))),
            False,
        ),
        # sizes of products, and when these were changed
        (("sku,title,size", *(f"p{at % 2},Tea,{at}" for at in range(9))), True),
        (("sku,title,updated_at", "p1,Tea,2024-01-05", "p2,Cup,2024-01-06"), True),
        (("movieId,imdbId,tmdbId", "1,114709,862", "2,113497,8844"), True),
    ],
)
def test_products_have_no_user_and_no_orders(
    tmp_path: Path, lines: tuple[str, ...], are_products: bool
) -> None:
    assert looks_like_products(form(tmp_path, *lines), NOW) is are_products


def test_orders_of_customers_that_are_not_known_are_asked_about(tmp_path: Path) -> None:
    """They were taken for the catalogue, and their rows for duplicates."""
    ratings = form(tmp_path, *RATINGS)
    bought = form(tmp_path, ORDERS, *orders(9), name="orders.csv")
    products = form(tmp_path, "sku,title", "p1,Tea", name="products.csv")
    found = told_apart([ratings, bought, products], NOW)
    assert found == ([ratings, bought], [products])
    with pytest.raises(UnclearError, match="which column is the user") as caught:
        planned(tmp_path, ORDERS, *orders(9))
    assert "a file of products is named with --products" in str(caught.value)


def test_where_all_look_like_products_none_is_one(tmp_path: Path) -> None:
    one = form(tmp_path, "sku,title", "p1,Tea")
    assert told_apart([one], NOW) == ([one], [])


def test_the_number_of_an_order_is_no_example_of_a_user(tmp_path: Path) -> None:
    """Who types what is shown must not make each order a customer."""
    with pytest.raises(UnclearError, match=r"e\.g\. --user 'Customer Name'"):
        planned(tmp_path, ORDERS, *orders(9))
