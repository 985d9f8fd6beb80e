"""What is said of one of several files is not said of the others."""

from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.init.each_file import for_each, product_of
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
    named = {role: names.split() for role, names in columns.items()}
    answers = Answers({}, weights, zone="UTC", named=named)
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
    event = Answers(named={"event": ["none"]})
    both = for_each([ratings, orders(tmp_path, *CANCELLED)], event, NOW)
    assert [one.columns for one in both] == [{}, {"event": "none"}]
    sure = for_each([ratings, orders(tmp_path, *STATUS)], event, NOW)
    assert [one.columns for one in sure] == [{"event": "none"}] * 2  # of all, then


def test_a_column_that_no_file_has_is_named(tmp_path: Path, ratings: Form) -> None:
    bought = orders(tmp_path, *STATUS)
    with pytest.raises(UnclearError, match=r"a.csv and .*orders.csv: no column 'usr'"):
        for_each([ratings, bought], Answers(named={"user": ["usr"]}), NOW)
    texts = for_each([ratings, bought], Answers(named={"text": ["status+stars"]}), NOW)
    assert [one.columns["text"] for one in texts] == ["stars", "status"]


def test_none_of_two_things_takes_nothing_of_another_file(
    tmp_path: Path, ratings: Form
) -> None:
    """Orders in which a priority may be the rating, and some of which were cancelled."""
    states = ("paid", "cancelled", "paid")
    rows = [
        f"u{at},p{at % 3},2024-01-05,{5 - at % 3},{states[at % 3]}" for at in range(30)
    ]
    bought = orders(tmp_path, "buyer,sku,order_date,priority,status", *rows)
    found = together(ratings, bought, weights={}, rating="none", event="none")
    assert [one.entry["rating"] for one in found.interactions] == ["stars", ""]
    assert [one.entry["event"] for one in found.interactions] == ["", ""]


def test_an_option_may_stand_there_for_each_file(tmp_path: Path, ratings: Form) -> None:
    """Also `none` of one beside the column of another, as init advises for each of them."""
    one = orders(tmp_path, *CANCELLED)
    lines = ("buyer,sku,order_date,refunded", "u1,p1,2024-01-05,yes")
    other = form(tmp_path, *lines, name="others.csv")
    weights = {"paid": 1.0, "cancelled": 0.0}
    with pytest.raises(UnclearError, match=r"others.csv: 1 of 1 rows"):
        together(ratings, one, other, weights=weights, event="status")
    for event in ("status none", "none status"):
        found = together(ratings, one, other, weights=weights, event=event)
        entries = [one.entry for one in found.interactions]
        assert [entry["event"] for entry in entries] == ["", "status", ""]
        assert entries[0]["rating"] == "stars"
    twice = together(one, weights=weights, time="order_date", event="buyer status")
    assert twice.interactions[0].entry["event"] == "status"  # the last one


def test_an_answer_to_a_question_counts_for_its_file_alone(
    tmp_path: Path, ratings: Form
) -> None:
    """On a terminal each file asks, and the second answer was one to the first file, too."""
    bought = orders(tmp_path, *CANCELLED)
    answers = Answers(zone="UTC")
    with pytest.raises(UnclearError) as caught:
        find([ratings, bought], [], answers, TREE, NOW)
    assert caught.value.place == bought.place
    answers.of_files[bought.place] = {"event": "none"}
    both = for_each([ratings, bought], answers, NOW)
    assert [one.columns for one in both] == [{}, {"event": "none"}]


def test_the_id_of_one_of_two_files_of_products(tmp_path: Path) -> None:
    one = form(tmp_path, "code,title", "p1,Tea", name="p.csv")
    other = form(tmp_path, "sku,title", "p2,Cup", name="q.csv")
    named = Answers(products_id="code")
    assert product_of(one, [one, other], named) == "code"
    assert product_of(other, [one, other], named) is None
    assert product_of(one, [one, other], Answers(products_id="nr")) == "nr"  # an error
    answered = Answers(of_files={one.place: {"products_id": "title"}})
    assert product_of(one, [one, other], answered) == "title"
    assert product_of(other, [one, other], answered) is None
