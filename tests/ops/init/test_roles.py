"""Which column is what."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ops.init.roles import product_roles_of, roles_of
from ops.init.sniff import Form, sniff

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def form(folder: Path, *lines: str) -> Form:
    path = folder / "a.csv"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return sniff(path, None, None, [])


def found(one: Form, **given: str) -> dict[str, str]:
    roles = roles_of(one, given, NOW)
    names = ("user", "product", "time", "rating", "event", "text")
    return {name: "+".join(getattr(roles, name).columns) for name in names}


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (
            ("userId,movieId,rating,timestamp", "1,2,4.5,964982703"),
            ("userId", "movieId", "rating", "timestamp", "", ""),
        ),
        (
            (
                "asin,parent_asin,user_id,rating,timestamp,title,text",
                "a,b,u,5,964982703,t,x",
            ),
            ("user_id", "parent_asin", "rating", "timestamp", "", "title+text"),
        ),
        (
            ("timestamp,visitorid,event,itemid", "1588687728923,1,view,2"),
            ("visitorid", "itemid", "", "timestamp", "event", ""),
        ),
        (
            ("user_id,email,product_id,date", "0,a@b.c,1,2024-01-01"),
            ("email", "product_id", "", "date", "", ""),
        ),
        (
            ("Kunde,Artikel,Note,Datum", "k,a,sehr gut,01.02.2024"),
            ("Kunde", "Artikel", "", "Datum", "", "Note"),
        ),
        (("who,what,when", "a,b,2024-01-01"), ("", "", "", "when", "", "")),
    ],
)
def test_by_name_and_cells(
    tmp_path: Path, lines: tuple[str, ...], wanted: tuple[str, ...]
) -> None:
    user, product, rating, time, event, text = wanted
    assert found(form(tmp_path, *lines)) == {
        "user": user,
        "product": product,
        "time": time,
        "rating": rating,
        "event": event,
        "text": text,
    }


def test_without_a_header_line_by_what_the_numbers_are(tmp_path: Path) -> None:
    lines = [
        f"{user}::{user * 7}::{user % 5 + 1}::97830076{user % 9}"
        for user in range(1, 60)
    ]
    assert found(form(tmp_path, *lines)) == {
        "user": "column1",
        "product": "column2",
        "time": "column4",
        "rating": "column3",
        "event": "",
        "text": "",
    }


def test_products_of_amazon_may_stand_first(tmp_path: Path) -> None:
    ends = [(f"A{at}XYZ", f"B00000{at % 9}AB1") for at in range(10, 60)]
    for user_first in (True, False):
        lines = [
            f"{','.join(pair if user_first else pair[::-1])},{at % 5 + 1}.0,1400000000"
            for at, pair in enumerate(ends)
        ]
        seen = found(form(tmp_path, *lines))
        named = (seen["user"], seen["product"])
        assert named == (
            ("column1", "column2") if user_first else ("column2", "column1")
        )


def test_what_a_person_says_goes_before(tmp_path: Path) -> None:
    one = form(tmp_path, "userId,itemId,rating,date,other", "1,2,5,2024-01-01,x")
    assert found(one, user="other", rating="none", text="other+rating") == {
        "user": "other",
        "product": "itemId",
        "time": "date",
        "rating": "",
        "event": "",
        "text": "other+rating",
    }


def test_a_file_of_products(tmp_path: Path) -> None:
    one = form(
        tmp_path,
        "sku,title,vendor,price,body,image,stock",
        "p1,Tea,House,9.5,green and fresh,http://x.y/z,4",
    )
    roles = product_roles_of(one, None)
    assert (roles.product.column, roles.name.column) == ("sku", "title")
    assert (roles.brand.column, roles.price.column) == ("vendor", "price")
    assert roles.texts.columns == ("body",)
