"""One event for a review that the shop shows on several pages, and the latest for a user and a
product.
"""

import hashlib
import random
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.dataset.events import (
    CrossListed,
    first_seen_codes,
    is_raw,
    latest_per_pair,
    one_per_cross_listed,
    sorted_codes,
)
from recsys.intake.batches import seal
from recsys.shop_csv.contract import REVIEWS
from tests.worlds import interactions

T, U = "2024-01-01 10:00:00", "2024-01-01 10:01:00"


def kept(frame: pl.DataFrame) -> list[tuple[str, str, float, str]]:
    return frame.select("user_id", "product_id", "rating", "comment").rows()


def latest(frame: pl.DataFrame) -> pl.DataFrame:
    """The latest interactions of each user and item; users in the order of their ids, to compare."""
    codes = (
        sorted_codes(frame[name], frame[name].unique().sort()) for name in ("user_id", "product_id")
    )
    return frame[latest_per_pair(*codes, frame)]


def test_one_review_on_three_pages_is_one_event_on_the_smallest_product_id() -> None:
    frame, found = one_per_cross_listed(
        interactions(
            ("a", "p3", 5, "good", T),
            ("a", "p1", 5, " good ", "2024-01-01 10:00:59"),
            ("a", "p2", 5, "good", T),
            ("b", "p1", 5, "good", T),
        )
    )
    assert kept(frame) == [("a", "p1", 5, " good "), ("b", "p1", 5, "good")]
    assert found == CrossListed(groups=1, rows=3, dropped=2)


def test_the_same_text_in_another_minute_of_another_user_or_on_one_product_is_not_cross_listed() -> (
    None
):
    rows = interactions(
        ("a", "p1", 5, "good", T),
        ("a", "p2", 5, "good", U),
        ("b", "p3", 5, "good", T),
        ("c", "p1", 5, "x", T),
        ("c", "p1", 1, "x", T),
    )
    frame, found = one_per_cross_listed(rows)
    assert frame.equals(rows)
    assert found == CrossListed(0, 0, 0)


def test_texts_are_compared_in_nfc() -> None:
    frame, found = one_per_cross_listed(
        interactions(("a", "p1", 5, "m\u1ef9", T), ("a", "p2", 5, "my\u0303", T))
    )
    assert (len(frame), found.dropped) == (1, 1)


def test_rows_without_a_text_are_a_basket_unless_a_review_with_a_text_has_shown_the_pair() -> None:
    basket = (("b", "p1", 5.0, "", T), ("b", "p2", 5.0, " ", T))
    frame, found = one_per_cross_listed(interactions(*basket))
    assert (len(frame), found) == (2, CrossListed(0, 0, 0))
    frame, found = one_per_cross_listed(
        interactions(
            ("a", "p1", 5, "good", T), ("a", "p2", 5, "good", T), *basket, ("b", "p9", 5, "", T)
        )
    )
    assert kept(frame) == [("a", "p1", 5, "good"), ("b", "p1", 5, ""), ("b", "p9", 5, "")]
    assert found == CrossListed(groups=2, rows=4, dropped=2)


def test_silent_rows_are_joined_through_a_chain_of_pairs_and_two_groups_stay_two() -> None:
    shown = [
        ("a", "p1", 5.0, "x", T),
        ("a", "p2", 5.0, "x", T),
        ("a", "p2", 5.0, "y", U),
        ("a", "p3", 5.0, "y", U),
        ("a", "q1", 5.0, "z", U),
        ("a", "q2", 5.0, "z", U),
    ]
    silent = [("b", product, 5.0, "", T) for product in ("q2", "p3", "p1", "p2", "q1")]
    frame, found = one_per_cross_listed(interactions(*shown, *silent))
    assert [row for row in kept(frame) if row[0] == "b"] == [("b", "p1", 5, ""), ("b", "q1", 5, "")]
    assert found == CrossListed(groups=5, rows=11, dropped=6)


def test_p1_and_p3_alone_are_a_basket_if_only_p2_links_them() -> None:
    shown = [
        ("a", "p1", 5.0, "x", T),
        ("a", "p2", 5.0, "x", T),
        ("a", "p2", 5.0, "y", U),
        ("a", "p3", 5.0, "y", U),
    ]
    frame, _ = one_per_cross_listed(
        interactions(*shown, ("b", "p1", 5, "", T), ("b", "p3", 5, "", T))
    )
    assert [row[1] for row in kept(frame) if row[0] == "b"] == ["p1", "p3"]


def test_a_user_who_rates_one_product_twice_in_a_minute_is_left_to_the_latest_rule() -> None:
    listed = (("a", "p1", 5.0, "x", T), ("a", "p2", 5.0, "x", T))
    twice = (
        ("b", "p1", 5.0, "", "2024-01-01 10:00:05"),
        ("b", "p1", 1.0, "", "2024-01-01 10:00:40"),
    )
    for others in ((), listed):  # whatever the shop lists elsewhere
        frame, _ = one_per_cross_listed(interactions(*others, *twice))
        assert [row for row in kept(latest(frame)) if row[0] == "b"] == [("b", "p1", 1, "")]


def test_order_of_the_rows_does_not_matter() -> None:
    rows = interactions(
        ("a", "p1", 5, "x", T),
        ("a", "p2", 4, "x", T),
        ("a", "p3", 4, "x", T),
        ("b", "p2", 5, "", T),
        ("b", "p1", 5, "", T),
    )
    forward, backward = (latest(one_per_cross_listed(frame)[0]) for frame in (rows, rows.reverse()))
    assert forward.equals(backward)


def test_the_latest_event_of_a_pair_stays_then_the_higher_rating_then_the_greater_text() -> None:
    frame = latest(
        interactions(
            ("b", "p1", 5, "old", T),
            ("b", "p1", 1, "new", U),
            ("a", "p2", 2, "b", T),
            ("a", "p2", 3, "a", T),
            ("a", "p1", 3, "b", T),
            ("a", "p1", 3, "a", T),
        )
    )
    assert kept(frame) == [("a", "p1", 3, "b"), ("a", "p2", 3, "a"), ("b", "p1", 1, "new")]


def test_no_rows_at_all() -> None:
    frame, found = one_per_cross_listed(interactions())
    assert (len(frame), found) == (0, CrossListed(0, 0, 0))


rows_of_a_few = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.sampled_from(["p1", "p2"]),
        st.sampled_from([1.0, 5.0]),
        st.sampled_from(["", "x", "y"]),
        st.sampled_from([T, U]),
    ),
    min_size=1,
    max_size=9,
    unique=True,
)


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(rows_of_a_few, st.randoms(use_true_random=False))
def test_latest_is_what_a_plain_loop_finds_in_any_order(
    rows: list[tuple[str, str, float, str, str]], order: random.Random
) -> None:
    plain: dict[tuple[str, str], tuple[str, float, str]] = {}
    for user, product, rating, text, time in rows:
        pair = (user, product)
        plain[pair] = max(plain.get(pair, ("", 0.0, "")), (time, rating, text))
    expected = [(*pair, rating, text) for pair, (_, rating, text) in sorted(plain.items())]
    assert kept(latest(interactions(*order.sample(rows, len(rows))))) == expected


def test_events_are_sorted_by_the_codes_of_user_and_item_not_by_their_ids() -> None:
    frame = interactions(("b", "p2", 5, "", T), ("a", "p1", 5, "", T), ("b", "p1", 5, "", U))
    users, ids = first_seen_codes(frame["user_id"])
    items = sorted_codes(frame["product_id"], pl.Series(["p1", "p2"]))
    assert latest_per_pair(users, items, frame).tolist() == [2, 0, 1]
    assert ids.to_list() == ["b", "a"]


def test_users_are_coded_as_they_first_appear_and_a_row_more_changes_no_code() -> None:
    codes, ids = first_seen_codes(pl.Series(["7", "007", "7", "ộ", "NA"]))
    assert (codes.tolist(), ids.to_list()) == ([0, 1, 0, 2, 3], ["7", "007", "ộ", "NA"])
    longer, more = first_seen_codes(pl.Series(["7", "007", "7", "ộ", "NA", "0", "007"]))
    assert (longer[:5].tolist(), longer[5:].tolist(), more.to_list()) == (
        codes.tolist(),
        [4, 1],
        [*ids, "0"],
    )


def test_items_are_coded_by_their_place_among_all_that_are_known() -> None:
    assert sorted_codes(pl.Series(["p9", "p1", "p9"]), pl.Series(["p1", "p5", "p9"])).tolist() == [
        2,
        0,
        2,
    ]


def test_rows_of_the_reviews_are_raw_and_those_of_a_batch_as_the_intake_names_it_are_not(
    tmp_path: Path,
) -> None:
    batches = [
        seal(tmp_path, number, hashlib.sha256(content).hexdigest(), [content]).name
        for number, content in ((1, b"first"), (1_234_567, b"second"))
    ]
    files = pl.Series([REVIEWS.file, batches[0], REVIEWS.file, batches[1]])
    assert is_raw(files).tolist() == [True, False, True, False]
    assert is_raw(files[1:2]).tolist() == [False]
