"""Marks, times and amounts of orders that came to nothing, and goods that came back."""

from pathlib import Path

import pytest

from ops.init import doubts
from ops.init.doubts import Doubt
from ops.init.plan import Answers, UnclearError, interactions_of
from ops.init.roles import roles_of
from ops.init.undone import ignored_of, of_undone
from tests.ops.init.mapped import form, planned
from tests.ops.init.now import NOW

T = "2024-01-05"


def asked(folder: Path, name: str, *cells: str, **given: str) -> Doubt | None:
    rows = [f'u{at},p{at % 2},{T},"{cell}"' for at, cell in enumerate(cells)]
    one = form(folder, f"user,item,date,{name}", *rows)
    return of_undone(one, roles_of(one, given, NOW), given)


@pytest.mark.parametrize(
    ("name", "cells", "way_out"),
    [
        ("is_cancelled", ("no", "yes"), "--weight no=1 --weight yes=0"),
        ("Cancelled", ("FALSE", "TRUE"), "--event Cancelled --weight FALSE=1 --weight"),
        ("returned", ("", "x"), "--weight =1 --weight x=0"),
        ("Đã hủy", ("0", "1"), "--weight 0=1 --weight 1=0"),
        ("Cancelled at", ("", "2024-03-04 10:00:00"), "leave these orders out"),
        ("Refunded Amount", ("0.00", "24.00"), "leave these orders out"),
        ("Ngày hủy", ("", "04/03/2024"), "leave these orders out"),
    ],
)
def test_a_column_of_what_came_to_nothing_is_asked_for(
    tmp_path: Path, name: str, cells: tuple[str, ...], way_out: str
) -> None:
    found = asked(tmp_path, name, *cells)
    assert found is not None
    assert f"1 of 2 rows have something in the column {name!r}" in found.question
    assert way_out in found.question
    assert (doubts.LATER in found.question) is ("--weight" in way_out)
    assert (found.option, found.example) == ("--event", "none")
    assert asked(tmp_path, name, *cells, event="none") is None
    assert asked(tmp_path, name, *cells[:1]) is None


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("Quantity", ("2", "-1")),
        ("unit_price", ("9.90", "-9.90")),
        ("Số lượng", ("1", "\u22121")),
        ("Total", ("1.250.000", "-250.000")),
        ("Total", ("$12", "-$12")),
    ],
)
def test_goods_that_came_back_are_asked_for(
    tmp_path: Path, name: str, cells: tuple[str, ...]
) -> None:
    found = asked(tmp_path, name, *cells)
    assert found is not None
    assert f"1 of 2 rows have less than 0 in the column {name!r}" in found.question
    assert asked(tmp_path, name, *cells, event="none") is None


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("is_cancelled", ("no", "")),
        ("is_cancelled", ("False", "false")),
        ("Refunded Amount", ("0.00", "0")),
        ("Quantity", ("1", "0", "-0")),
        ("Total discount", ("-5", "0")),
        ("balance", ("-5", "5")),
        ("color", ("red", "yes")),
    ],
)
def test_other_columns_say_nothing_of_it(
    tmp_path: Path, name: str, cells: tuple[str, ...]
) -> None:
    assert asked(tmp_path, name, *cells) is None


def test_a_mark_of_ratings_is_none_of_purchases(tmp_path: Path) -> None:
    rows = [f"u{at},p{at % 2},{T},5,yes" for at in range(4)]
    one = form(tmp_path, "user,item,date,stars,is_returned", *rows)
    assert of_undone(one, roles_of(one, {}, NOW), {}) is None


def test_it_stops_init(tmp_path: Path) -> None:
    with pytest.raises(UnclearError, match="are these purchases"):
        planned(tmp_path, "user,item,date,returned", f"u,p,{T},no", f"v,p,{T},yes")


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"event": "none"}, ["status", "rating", "colour"]),
        ({"rating": "none"}, ["rating"]),
        ({"rating": "rating"}, []),
        ({"event": "status"}, []),
    ],
)
def test_what_a_person_passes_over_is_kept_for_drops(
    tmp_path: Path, given: dict[str, str], wanted: list[str]
) -> None:
    row = f"u,p,{T},paid,5,red"
    one = form(tmp_path, "user,item,date,status,rating,colour", row)
    given = {"rating": "none", **given}
    assert ignored_of(one, roles_of(one, given, NOW), given) == wanted
    plan = interactions_of(one, Answers(given, {"paid": 1.0}), NOW)
    assert plan.entry["ignored"] == wanted
