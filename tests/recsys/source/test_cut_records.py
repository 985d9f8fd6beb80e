"""A text of a foreign file that is cut at a line break never passes for the whole of it."""

from pathlib import Path
from typing import Any

import pytest

from recsys.source.cut_records import form_of
from recsys.source.foreign_file import first_rows
from tests.recsys.source.mapping import interactions, products

T = "2024-01-01 10:00:00"
LAST = "user;item;stars;when;note"
FIRST = "note;user;item;stars;when"


def read(
    folder: Path, *lines: str, **keys: Any
) -> tuple[list[tuple[str, ...]], list[tuple[int, str]]]:
    """The cells of the rows, and line and reason of the others."""
    path = folder / "a.csv"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    params = interactions(**{"separator": ";", **keys})
    found = first_rows(path, path.name, params, 100)
    good = [tuple(row.cells) for row in found if not row.reason]
    return good, [(row.line, row.reason) for row in found if row.reason]


@pytest.mark.parametrize(
    "lines",
    [
        ('"good"', 'really"'),
        ('"good"', "really"),
        ("good", "", "really; it is"),
        ("good", "one;two;three;four;five"),
        ('"a', 'good"', "really; it is"),
    ],
)
def test_a_text_at_the_end_may_go_on_in_a_line_that_is_no_row(
    tmp_path: Path, lines: tuple[str, ...]
) -> None:
    first, *others = lines
    rows = (f"a;p1;5;{T};{first}", *others, f"z;p9;3;{T};")
    good, refused = read(tmp_path, LAST, *rows)
    last = len(lines) + 2
    assert [row[0] for row in good][-1] == "z"
    assert "a" not in [row[0] for row in good]
    assert (2, "cut") in refused
    assert last not in dict(refused)


@pytest.mark.parametrize(
    "lines", [('"really', '"good"'), ("really", "good"), ("really; it is", '"good"')]
)
def test_a_text_at_the_beginning_may_have_begun_in_the_line_above(
    tmp_path: Path, lines: tuple[str, ...]
) -> None:
    *others, last = lines
    rows = (*others, f"{last};a;p1;5;{T}", f";z;p9;3;{T}")
    good, refused = read(tmp_path, FIRST, *rows)
    assert [row[0] for row in good] == ["z"]
    assert (len(others) + 2, "cut") in refused


@pytest.mark.parametrize(
    "broken",
    [
        f"b;p2;4;{T};fine; really",
        f'b;p2;4;{T};a "fine" one',
        "Total;;;;",
        LAST,
    ],
)
def test_a_row_that_is_broken_by_itself_costs_no_other(
    tmp_path: Path, broken: str
) -> None:
    row = f'a;p1;5;{T};"good"'
    for rows in ((row, broken), (broken, row)):
        good, _ = read(tmp_path, LAST, *rows)
        assert ("a", "p1", T, "5", "", "good") in good


def test_a_text_of_several_lines_at_the_beginning_is_a_text(tmp_path: Path) -> None:
    good, refused = read(tmp_path, FIRST, f'"good\nreally";a;p1;5;{T}')
    assert (good, refused) == ([("a", "p1", T, "5", "", "good\nreally")], [])


@pytest.mark.parametrize("text", [["note"], []])
def test_a_row_that_was_swallowed_shows_whatever_stands_in_its_text(
    tmp_path: Path, text: list[str]
) -> None:
    """Also where the text is not taken: its row would be lost all the same."""
    rows = (f'a;p1;5;{T};"good', f'b;p2;4;{T};fine; really"', f"z;p9;3;{T};")
    good, refused = read(tmp_path, LAST, *rows, text=text)
    assert [row[0] for row in good] == ["z"]
    assert refused == [(2, "swallowed")]


def test_purchases_and_events_are_known_by_their_time_and_kind(tmp_path: Path) -> None:
    header = "user;item;when;note"
    rows = (f"a;p1;{T};good", "really", f"b;p1;{T};x;y", f'c;p1;{T};"fine"')
    good, refused = read(tmp_path, header, *rows, rating="")
    assert [row[0] for row in good] == ["c"]
    assert refused == [(2, "cut"), (3, "cells"), (4, "cells")]
    keys = {"rating": "", "event": "kind", "weights": {"view": 0.2, "buy (1)": 1.0}}
    rows = (f"a;p1;buy (1);{T};good", "really", f"b;p1;view;{T};x;y")
    good, refused = read(tmp_path, "user;item;kind;when;note", *rows, **keys)
    assert (good, refused) == ([], [(2, "cut"), (3, "cells"), (4, "cells")])


def test_files_of_products_have_no_rows_that_could_tell(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("id,title,words\np1,Tea,green\nfresh\n", encoding="utf-8")
    found = first_rows(path, path.name, products(), 100)
    assert [(row.line, row.reason) for row in found] == [(2, ""), (3, "cells")]


def test_a_column_without_a_name_holds_no_text() -> None:
    form = form_of(["", *LAST.split(";")], interactions(separator=";"))
    assert form is not None
    assert form.texts == (5,)
