"""What moved is named: products, stars and weeks."""

from recsys.drift import judge, moved
from recsys.drift.events import moment
from tests.recsys.drift.worlds import params, shop, vectors

NAMES = {"q00": "Son môi", "q01": "x" * 9999}


def test_products_and_stars_of_the_flagged_windows() -> None:
    events = shop(2, prefix="q", low=0.6)
    found = judge.judge(events, vectors(events), params())
    told = moved.moved(found, events, NAMES, params())
    assert [one["since"][:10] for one in told["windows"]] == [
        "2026-01-01",
        "2026-01-08",
    ]
    assert told["risen"][0]["product_id"] == "q00"
    assert told["risen"][0]["name"] == "Son môi"
    assert all(len(one["name"]) <= 200 for one in told["risen"])
    assert all(one["before"] == 0 < one["now"] for one in told["risen"])
    assert all(one["now"] == 0 < one["before"] for one in told["fallen"])
    assert len(told["risen"]) == len(told["fallen"]) == 5
    low, high = told["stars"]
    assert (low["stars"], high["stars"]) == (1.0, 5.0)
    assert low["before"] < 0.2 < 0.4 < low["now"]
    assert low["now"] + high["now"] == 1


def test_without_a_flag_it_is_the_newest_window_and_without_windows_nothing() -> None:
    events = shop(3)
    found = judge.judge(events, vectors(events), params())
    week = 7 * 86_400_000_000
    assert moved.spans(found, events, params()) == [
        (events.until + 2 * week, events.until + 3 * week)
    ]
    empty = shop(0)
    nothing = judge.judge(empty, vectors(empty), params())
    told = moved.moved(nothing, empty, {}, params())
    assert (told["windows"], told["risen"], told["fallen"]) == ([], [], [])


def test_the_weeks_of_the_reference_and_those_since() -> None:
    events = shop(2)
    told = moved.by_week(
        judge.judge(events, vectors(events), params()), events, params()
    )
    assert [one["in_reference"] for one in told] == [True] * 8 + [False] * 2
    assert {one["events"] for one in told} == {60}
    assert {one["new_users"] for one in told} == {1.0}
    assert told[7]["until"] == moment(events.until)
