"""Whether a line, or a part of a text, is a row by itself."""

import pytest

from recsys.shop_csv.row_forms import RATING, TIME, Form

T = "2024-01-01 10:00:00"
LAST = Form(5, ((2, RATING), (3, TIME)), (4,))  # user, product, rating, time, comment
FIRST = Form(5, ((3, RATING), (4, TIME)), (0,))
MIDDLE = Form(5, ((2, RATING), (4, TIME)), (3,))


def test_a_text_may_run_over_an_end_that_no_judged_cell_guards() -> None:
    assert (LAST.runs_on, LAST.runs_in) == (True, False)
    assert (FIRST.runs_on, FIRST.runs_in) == (False, True)
    assert (MIDDLE.runs_on, MIDDLE.runs_in) == (False, False)
    assert not LAST._replace(texts=()).runs_on
    assert not LAST._replace(texts=()).runs_in


@pytest.mark.parametrize(
    ("text", "is_row"),
    [
        (f"a,p1,5,{T},good", True),
        (f'"a","p1","4.5","{T}","good, really"', True),
        (f"a,p1,5,{T},good, really, it is\nand more", True),
        (f"x,a,p1,5,{T},a cell more", True),
        (f"p1,5,{T},a cell less", True),
        ("a,p1,5,1709287200,good", True),
        ("a,p1,5,3/1/2024 9:05 PM,good", True),
        ("really", False),
        ("really, it is, 5, 2024", False),
        (f"a,p1,five,{T},good", False),
        (f"really\na,p1,5,{T},good", False),  # its first line is none
    ],
)
def test_a_line_begins_like_a_row(text: str, is_row: bool) -> None:
    assert LAST.begins(text) is is_row


@pytest.mark.parametrize(
    ("text", "is_row"),
    [
        (f"good, really,a,p1,5,{T}", True),
        (f'so\ngood",a,p1,5,{T}\r', True),
        (f"good,a,p1,5,{T},x", True),
        ("good", False),
        (f"good,a,p1,5,{T}\nreally", False),  # its last line is none
    ],
)
def test_a_line_ends_like_a_row(text: str, is_row: bool) -> None:
    assert FIRST.ends(text) is is_row


def test_a_row_is_strange_if_nothing_judged_is_what_it_should_be() -> None:
    assert LAST.is_strange(["one", "two", "three", "four", "five"])
    assert not LAST.is_strange(["one", "two", "3", "four", "five"])
    assert not LAST.is_strange(["Total", "", "", "", "five"])
    assert not LAST.is_strange(["NULL"] * 5)


@pytest.mark.parametrize(
    ("form", "cell", "is_swallowed"),
    [
        (MIDDLE, f"good,{T}\nb,p2,4,fine", True),
        (MIDDLE, f"good,{T}\nb,p2,4,fine, really", True),
        (MIDDLE, f"good\nas ever,{T}\nb,p2,4,fine", True),
        (MIDDLE, "good\nb,p2,4,fine", False),  # no row ends there
        (MIDDLE, f"good,{T}\nfine", False),  # and none begins
        (LAST, f"good\nb,p2,4,{T},fine, really", True),
        (LAST, "good\nfine", False),
        (FIRST, f"good,a,p1,5,{T}\nfine", True),
        (FIRST, "good\nfine", False),
    ],
)
def test_a_cell_swallows_a_row(form: Form, cell: str, is_swallowed: bool) -> None:
    assert form.swallows(cell, form.texts[0]) is is_swallowed
