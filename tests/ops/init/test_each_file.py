"""What is said of one of several files is not said of the others."""

from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.init.each_file import for_each
from ops.init.find import Found, find
from ops.init.plan import Answers, UnclearError
from ops.init.sniff import Form
from recsys.program.params import read
from tests.ops.init.mapped import RATINGS, form
from tests.ops.init.now import NOW

TREE = read(ROOT / "params.yaml")
STATUS = ("buyer,sku,order_date,status", "u1,p1,2024-01-05,paid")
CANCELLED = (*STATUS, "u2,p2,2024-01-05,cancelled")


@pytest.fixture
def ratings(tmp_path: Path) -> Form:
    return form(tmp_path, *RATINGS)


def orders(folder: Path, *lines: str) -> Form:
    return form(folder, *lines, name="orders.csv")


def together(*forms: Form, weights: dict[str, float], **columns: str) -> Found:
    answers = Answers(columns, weights, zone="UTC")
    return find(list(forms), [], answers, TREE, NOW)


def test_a_column_counts_for_the_files_that_have_it(
    tmp_path: Path, ratings: Form
) -> None:
    """So the advice for one file can be followed where there are two."""
    bought = orders(tmp_path, *CANCELLED)
    with pytest.raises(UnclearError, match="--event status --weight cancelled=0"):
        together(ratings, bought, weights={})
    weights = {"paid": 1.0, "cancelled": 0.0}
    found = together(ratings, bought, weights=weights, event="status")
    one, other = found.interactions
    assert (one.entry["rating"], one.entry["event"]) == ("stars", "")
    assert (other.entry["event"], other.entry["weights"]) == ("status", weights)


def test_none_counts_where_it_was_asked(tmp_path: Path, ratings: Form) -> None:
    """And does not take the ratings of the other file away."""
    rows = [f"u{at},p{at % 3},2024-01-05,{5 - at % 3}" for at in range(30)]
    bought = orders(tmp_path, "buyer,sku,order_date,priority", *rows)
    with pytest.raises(UnclearError, match=r"'priority' .* the rating") as caught:
        together(ratings, bought, weights={})
    assert caught.value.option == "--rating"
    found = together(ratings, bought, weights={}, rating="none").interactions
    assert [one.entry["rating"] for one in found] == ["stars", ""]
    alone = together(ratings, weights={}, rating="none").interactions
    assert alone[0].entry["rating"] == ""
    event = Answers({"event": "none"})
    both = for_each([ratings, orders(tmp_path, *CANCELLED)], event, NOW)
    assert [one.columns for one in both] == [{}, {"event": "none"}]
    sure = for_each([ratings, orders(tmp_path, *STATUS)], event, NOW)
    assert [one.columns for one in sure] == [{"event": "none"}] * 2  # of all, then


def test_a_column_that_no_file_has_is_named(tmp_path: Path, ratings: Form) -> None:
    bought = orders(tmp_path, *STATUS)
    with pytest.raises(UnclearError, match=r"a.csv and .*orders.csv: no column 'usr'"):
        for_each([ratings, bought], Answers({"user": "usr"}), NOW)
    texts = for_each([ratings, bought], Answers({"text": "status+stars"}), NOW)
    assert [one.columns["text"] for one in texts] == ["stars", "status"]
