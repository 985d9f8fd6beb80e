"""One row for a review that the shop shows on several pages; a basket stays as it is."""

from recsys.dataset.cross_listed import CrossListed, one_per_cross_listed
from tests.recsys.dataset.worlds import latest, values
from tests.worlds import interactions

T, U = "2024-01-01 10:00:00", "2024-01-01 10:01:00"


def test_one_review_on_three_pages_is_one_event_on_the_smallest_product_id() -> None:
    frame, count = one_per_cross_listed(
        interactions(
            ("a", "p3", 5, "good", T),
            ("a", "p1", 5, " good ", "2024-01-01 10:00:59"),
            ("a", "p2", 5, "good", T),
            ("b", "p1", 5, "good", T),
        )
    )
    assert values(frame) == [("a", "p1", 5, " good "), ("b", "p1", 5, "good")]
    assert count == CrossListed(groups=1, rows=3, dropped=2)


def test_a_text_in_another_minute_of_another_user_or_on_one_product_is_not_cross_listed() -> (
    None
):
    rows = interactions(
        ("a", "p1", 5, "good", T),
        ("a", "p2", 5, "good", U),
        ("b", "p3", 5, "good", T),
        ("c", "p1", 5, "x", T),
        ("c", "p1", 1, "x", T),
    )
    frame, count = one_per_cross_listed(rows)
    assert frame.equals(rows)
    assert count == CrossListed(0, 0, 0)


def test_texts_are_compared_in_nfc() -> None:
    frame, count = one_per_cross_listed(
        interactions(("a", "p1", 5, "m\u1ef9", T), ("a", "p2", 5, "my\u0303", T))
    )
    assert (len(frame), count.dropped) == (1, 1)


def test_rows_without_a_text_are_a_basket_unless_a_review_with_a_text_has_shown_the_pair() -> (
    None
):
    basket = (("b", "p1", 5.0, "", T), ("b", "p2", 5.0, " ", T))
    frame, count = one_per_cross_listed(interactions(*basket))
    assert (len(frame), count) == (2, CrossListed(0, 0, 0))
    frame, count = one_per_cross_listed(
        interactions(
            ("a", "p1", 5, "good", T),
            ("a", "p2", 5, "good", T),
            *basket,
            ("b", "p9", 5, "", T),
        )
    )
    assert values(frame) == [
        ("a", "p1", 5, "good"),
        ("b", "p1", 5, ""),
        ("b", "p9", 5, ""),
    ]
    assert count == CrossListed(groups=2, rows=4, dropped=2)


def test_silent_rows_are_joined_through_a_chain_of_pairs_and_two_groups_stay_two() -> (
    None
):
    shown = [
        ("a", "p1", 5.0, "x", T),
        ("a", "p2", 5.0, "x", T),
        ("a", "p2", 5.0, "y", U),
        ("a", "p3", 5.0, "y", U),
        ("a", "q1", 5.0, "z", U),
        ("a", "q2", 5.0, "z", U),
    ]
    silent = [("b", product, 5.0, "", T) for product in ("q2", "p3", "p1", "p2", "q1")]
    frame, count = one_per_cross_listed(interactions(*shown, *silent))
    assert [row for row in values(frame) if row[0] == "b"] == [
        ("b", "p1", 5, ""),
        ("b", "q1", 5, ""),
    ]
    assert count == CrossListed(groups=5, rows=11, dropped=6)


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
    assert [row[1] for row in values(frame) if row[0] == "b"] == ["p1", "p3"]


def test_a_user_who_rates_one_product_twice_in_a_minute_is_left_to_the_latest_rule() -> (
    None
):
    listed = (("a", "p1", 5.0, "x", T), ("a", "p2", 5.0, "x", T))
    twice = (
        ("b", "p1", 5.0, "", "2024-01-01 10:00:05"),
        ("b", "p1", 1.0, "", "2024-01-01 10:00:40"),
    )
    for others in ((), listed):  # whatever the shop lists elsewhere
        frame, _ = one_per_cross_listed(interactions(*others, *twice))
        assert [row for row in values(latest(frame)) if row[0] == "b"] == [
            ("b", "p1", 1, "")
        ]


def test_order_of_the_rows_does_not_matter() -> None:
    rows = interactions(
        ("a", "p1", 5, "x", T),
        ("a", "p2", 4, "x", T),
        ("a", "p3", 4, "x", T),
        ("b", "p2", 5, "", T),
        ("b", "p1", 5, "", T),
    )
    forward, backward = (
        latest(one_per_cross_listed(frame)[0]) for frame in (rows, rows.reverse())
    )
    assert forward.equals(backward)


def test_no_rows_at_all() -> None:
    frame, count = one_per_cross_listed(interactions())
    assert (len(frame), count) == (0, CrossListed(0, 0, 0))
