"""What a column is called, and what stands in it."""

import shlex
from pathlib import Path

import pytest

from ops.init import doubts
from ops.init.doubts import Doubt
from ops.init.plan import UnclearError
from ops.init.roles import roles_of
from tests.ops.init.mapped import form, planned
from tests.ops.init.now import NOW

T = "2024-01-05"


def of_rating(folder: Path, name: str, *cells: str, **given: str) -> Doubt | None:
    rows = [f'u{at},p{at % 2},{T},"{cell}"' for at, cell in enumerate(cells)]
    one = form(folder, f"user,item,date,{name}", *rows)
    return doubts.of_rating(one, roles_of(one, given, NOW), given)


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("rating", ("5 stars", "1 star")),
        ("Rating", ("good", "bad", "good")),
        ("stars", ("★★★★★", "★")),
        ("score", ("80%", "95%")),
        ("rating", ("5", "4", "n/a", "null")),
        ("overall", tuple(f"{at / 1000:g}" for at in range(3001, 3200))),
    ],
)
def test_a_rating_that_is_no_number_of_few_kinds_is_asked_for(
    tmp_path: Path, name: str, cells: tuple[str, ...]
) -> None:
    found = of_rating(tmp_path, name, *cells)
    assert found is not None
    assert f"'{name}' looks like the rating" in found.question
    assert (found.option, found.example) == ("--rating", "none")
    assert of_rating(tmp_path, name, *cells, rating="none") is None


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("rating", ("5", "4")),
        ("rating", ("", "")),
        ("note", ("sehr gut", "gut")),  # a text by its name
        ("bewertung", ("ich bin sehr zufrieden damit", "na ja, es ist halt so")),
        ("color", ("red", "blue")),
    ],
)
def test_other_columns_are_no_ratings(
    tmp_path: Path, name: str, cells: tuple[str, ...]
) -> None:
    assert of_rating(tmp_path, name, *cells) is None


def of_event(folder: Path, name: str, *cells: str, **given: str) -> Doubt | None:
    rows = [f"u{at},p{at % 2},{T},{cell}" for at, cell in enumerate(cells)]
    one = form(folder, f"user,item,date,{name}", *rows)
    return doubts.of_event(one, roles_of(one, given, NOW), given)


@pytest.mark.parametrize(
    ("name", "cells", "words"),
    [
        ("Financial Status", ("paid", "refunded", ""), "refunded in the column"),
        ("state", ("ok", "Cancelled"), "Cancelled in the column"),
        ("event", tuple(f"kind {at}" for at in range(40)), "more than 30 kinds"),
    ],
)
def test_rows_that_may_be_no_purchases_are_asked_for(
    tmp_path: Path, name: str, cells: tuple[str, ...], words: str
) -> None:
    found = of_event(tmp_path, name, *cells)
    assert found is not None
    assert words in found.question
    assert (found.option, found.example) == ("--event", "none")
    assert of_event(tmp_path, name, *cells, event="none") is None


def test_rows_without_a_status_are_told(tmp_path: Path) -> None:
    found = of_event(tmp_path, "status", "refunded", "", "")
    assert found is not None
    assert f"and nothing in 2 rows ({doubts.FIRST_LINE})" in found.question
    assert f"--weight refunded=0 ...): {doubts.LATER}; " in found.question


def test_an_id_that_is_empty_in_many_rows_is_told(tmp_path: Path) -> None:
    rows = (f"u{at},p1,{T}" if at % 3 == 0 else f",p2,{T}" for at in range(9))
    one = form(tmp_path, "Email,item,date", *rows)
    found = doubts.of_id(one, "user", ("userid", "email"))
    assert found is not None
    assert "which column is the user? 'Email' is empty or 0 in 6 of 9 rows" in (
        found.question
    )
    assert (found.option, found.example) == ("--user", "Email")
    assert doubts.of_id(one, "user", ("userid",)) is None
    guests = form(tmp_path, "Email,item,date", f",p1,{T}", f"0,p1,{T}")
    assert doubts.of_id(guests, "user", ("email",)) is None


def test_other_columns_are_no_events(tmp_path: Path) -> None:
    assert of_event(tmp_path, "status", "paid", "paid") is None
    assert of_event(tmp_path, "event", "view", "refund") is None  # taken for events


def test_a_product_of_its_own_in_each_row_counts_the_rows(tmp_path: Path) -> None:
    rows = [f"{at},u{at % 9},5,{T}" for at in range(doubts.FEWEST)]
    one = form(tmp_path, "id,user,stars,date", *rows)
    found = doubts.of_product(one, roles_of(one, {}, NOW), {})
    assert found is not None
    assert found.option == "--product"
    given = {"product": "id"}
    assert doubts.of_product(one, roles_of(one, given, NOW), given) is None
    few = form(tmp_path, "id,user,stars,date", *rows[1:])
    assert doubts.of_product(few, roles_of(few, {}, NOW), {}) is None


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (("2024-01-05", "13/01/2024"), "several formats (iso8601 50%, DD/MM/YYYY 50%)"),
        (("45337.4167", "45338"), "numbers of days"),
        (("Jan 1, 2024", "Feb 1, 2024"), "no times that are known"),
        (("24-01-15", "24-01-16"), "no times that are known"),
    ],
)
def test_a_column_of_times_says_why_it_is_none(
    tmp_path: Path, cells: tuple[str, ...], words: str
) -> None:
    rows = [f'u{at},p1,5,"{cell}"' for at, cell in enumerate(cells)]
    one = form(tmp_path, "user,item,stars,date", *rows)
    found = doubts.of_time(one, roles_of(one, {}, NOW), NOW)
    assert found is not None
    assert words in found.question
    assert found.option == "--time"


def test_without_a_column_called_a_time_nothing_is_said(tmp_path: Path) -> None:
    one = form(tmp_path, "user,item,stars,other", "u,p,5,x")
    assert doubts.of_time(one, roles_of(one, {}, NOW), NOW) is None
    given = {"time": "other"}
    found = doubts.of_time(one, roles_of(one, given, NOW), NOW)
    assert found is not None
    empty = form(tmp_path, "user,item,stars,other", "u,p,5,")
    found = doubts.of_time(empty, roles_of(empty, given, NOW), NOW)
    assert found is not None
    assert "are empty" in found.question


@pytest.mark.parametrize(
    ("header", "option", "example"),
    [
        ("kunde,ware,date", "--product", "ware"),
        (",kunde,ware,date", "--product", "ware"),
        ("käufer,item,date", "--user", "käufer"),
        ("user,item,n", "--time", "COLUMN"),
    ],
)
def test_the_example_is_a_column_that_is_nothing_else(
    tmp_path: Path, header: str, option: str, example: str
) -> None:
    cells = {"kunde": "k1", "date": "2024-01-05", "": "0"}
    row = ",".join(cells.get(name, "x1") for name in header.split(","))
    with pytest.raises(UnclearError) as found:
        planned(tmp_path, header, row)
    assert str(found.value).endswith(f"e.g. {option} {shlex.quote(example)}")
