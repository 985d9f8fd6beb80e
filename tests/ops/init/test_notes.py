"""A note of an order is no review of what was in it."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from ops.init.notes import is_of_orders
from ops.init.roles import roles_of
from tests.ops.init.mapped import form
from tests.ops.init.now import NOW


def lines(orders: Sequence[Sequence[str]]) -> list[str]:
    """A line for each text of an order, of a customer of its own."""
    return [
        f"u{order},p{line},2024-01-0{1 + order},{text}"
        for order, texts in enumerate(orders)
        for line, text in enumerate(texts)
    ]


@pytest.mark.parametrize(
    ("orders", "are_notes"),
    [
        ([("ring twice",) * 3, ("a gift",) * 2, ("call me",) * 2], True),
        ([("ring twice",) * 3, ("a gift",) * 2, ("call me",) * 2, ("", "")], True),
        ([("ring twice",) * 3, ("a gift",) * 2], False),  # too few to say
        ([("nice", "bad"), ("good", ""), ("soft", "dry"), ("ok", "ok")], False),
        ([("nice",), ("bad",), ("good",), ("ok",)], False),
        ([("", ""), ("", ""), ("", "")], False),
    ],
)
def test_one_text_on_all_lines_of_an_order_is_a_note(
    tmp_path: Path, orders: Sequence[Sequence[str]], are_notes: bool
) -> None:
    one = form(tmp_path, "customer_id,sku,order_date,note", *lines(orders))
    assert is_of_orders(one, "customer_id", "order_date", "note") is are_notes
    text = roles_of(one, {}, NOW).text
    assert text.column == ("" if are_notes else "note")
    assert (text.why == "notes of orders") is are_notes
    assert roles_of(one, {"text": "note"}, NOW).text.column == "note"


def test_reviews_of_one_text_are_reviews(tmp_path: Path) -> None:
    """Their stars say that each product was meant."""
    rows = [f"{line},5" for line in lines([("good",) * 2, ("fine",) * 2, ("ok",) * 2])]
    one = form(tmp_path, "customer_id,sku,order_date,note,stars", *rows)
    assert roles_of(one, {}, NOW).text.column == "note"
