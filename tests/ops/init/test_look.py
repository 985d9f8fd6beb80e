"""What a person sees: plain where there is no terminal, and nothing that a terminal obeys."""

from pathlib import Path

import pytest

from ops.init import look
from ops.init.plan import Answers, UnclearError, interactions_of, products_of
from ops.init.preview import preview
from tests.ops.init.mapped import RATINGS, form, planned
from tests.ops.init.now import NOW


def test_the_table_of_ratings(tmp_path: Path) -> None:
    found = planned(tmp_path, *RATINGS)
    rows = look.rows_of_interactions(found, "UTC")
    assert look.table(rows, is_terminal=False).splitlines() == [
        "WHAT     COLUMN  FOR EXAMPLE             BECOMES          WHY",
        "user     user    u1, u2                  user_id          by its name",
        "product  item    p1, p2                  product_id       by its name",
        "time     date    2024-01-05, 2024-01-06  iso8601, in UTC  by its name and its cells",
        "rating   stars   5, 4                    1 to 5           by its name and its cells",
        "text     -                                                no column looks like it",
    ]
    assert "user" in look.table(rows, is_terminal=True)


def test_purchases_and_events_say_what_they_become(tmp_path: Path) -> None:
    bought = planned(tmp_path, "user,item,date", "a,b,2024-01-05")
    assert look.rows_of_interactions(bought, None)[3][3] == "5 for each row"
    events = planned(
        tmp_path, "user,item,date,event", "a,b,2024-01-05,view", "a,b,2024-01-06,search"
    )
    assert look.rows_of_interactions(events, None)[3][3] == "view 4.2, search: left out"


def test_a_kind_without_a_name_is_seen(tmp_path: Path) -> None:
    lines = ("user,item,date,event", "a,b,2024-01-05,view", "a,c,2024-01-06,")
    with pytest.raises(UnclearError, match=r"events \(empty\) .* only the first line"):
        planned(tmp_path, *lines)
    one = form(tmp_path, *lines)
    events = interactions_of(one, Answers(weights={"": 1.0}), NOW)
    assert look.rows_of_interactions(events, None)[3][3] == "view 4.2, (empty) 5"


def test_cells_of_the_file_cannot_steer_a_terminal(tmp_path: Path) -> None:
    found = planned(
        tmp_path, RATINGS[0], "\x1b[31mu1,p1,5,2024-01-05", "[red]u2,p2,4,2024-01-05"
    )
    rows = look.rows_of_interactions(found, "UTC")
    for is_terminal in (False, True):
        shown = look.table(rows, is_terminal=is_terminal)
        assert "\x1b[31m" not in shown
        assert "[red]" in shown


def test_the_preview_and_the_form(tmp_path: Path) -> None:
    found = planned(
        tmp_path, *RATINGS, "u3,p1,x,2024-01-05", *["u4,p1,5,2024-01-05"] * 20
    )
    seen = preview(found, ("iso8601",), "UTC", "2000-01-01", NOW)
    lines = look.of_preview(seen).splitlines()
    assert lines[0] == "all 23 rows: 22 accepted, 1 refused; 3 users, 2 products"
    assert lines[-1] == "    line 4: u3,p1,x,,2024-01-05 (rating_number)"
    assert "separator ,; a header line; utf-8" in look.of_form(found.form)
    assert look.as_json(found.form, [], seen)["refused"] == {"rating_number": 1}


def test_the_table_of_products(tmp_path: Path) -> None:
    one = products_of(form(tmp_path, "sku,title,about", "p1,Tea,green leaf"), None)
    rows = look.rows_of_products(one)
    assert [row[:2] for row in rows] == [
        ("product", "sku"),
        ("name", "title"),
        ("brand", "-"),
        ("type", "-"),
        ("price", "-"),
        ("texts", "about"),
    ]
