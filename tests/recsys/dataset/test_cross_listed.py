"""One row for a review that the shop shows on several pages; a basket stays as it is."""

import time
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.dataset.cross_listed import CrossListed, one_per_cross_listed
from tests.interaction_rows import interactions
from tests.recsys.dataset.worlds import latest, values

Row = tuple[str, str, float, str, str]
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


def test_of_several_rows_on_the_smallest_product_id_the_last_stays() -> None:
    frame, count = one_per_cross_listed(
        interactions(
            ("a", "p1", 5, "good", T),
            ("a", "p2", 5, "good", T),
            ("a", "p1", 1, "good", T),  # a correction
        )
    )
    assert values(frame) == [("a", "p1", 1, "good")]
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


def shown(
    *products: str, accounts: str = "xyz", words: str = "my own words"
) -> list[Row]:
    """Reviews that stand on all of these products, of several accounts in their own words."""
    return [
        (account, product, 5.0, f"{words} {account}", T)
        for account in accounts
        for product in products
    ]


def of(user: str, *rows: Row) -> list[str]:
    """The products of the rows of a user that stay."""
    frame, _ = one_per_cross_listed(interactions(*rows))
    return sorted(row[1] for row in values(frame) if row[0] == user)


def basket(*products: str, user: str = "b", text: str = "", time: str = T) -> list[Row]:
    return [(user, product, 5.0, text, time) for product in products]


def test_rows_without_a_text_are_a_basket_unless_reviews_in_own_words_have_shown_the_pair() -> (
    None
):
    silent = [("b", "p1", 5.0, "", T), ("b", "p2", 5.0, " ", T)]
    frame, count = one_per_cross_listed(interactions(*silent))
    assert (len(frame), count) == (2, CrossListed(0, 0, 0))
    frame, count = one_per_cross_listed(
        interactions(*shown("p1", "p2"), *silent, ("b", "p9", 5, "", T))
    )
    assert values(frame)[3:] == [("b", "p1", 5, ""), ("b", "p9", 5, "")]
    assert count == CrossListed(groups=4, rows=8, dropped=4)


def test_fewer_accounts_prove_nothing_however_often_they_write() -> None:
    minutes = [f"2024-01-0{day} 10:07:00" for day in range(1, 9)]
    rows = [
        (user, product, 5.0, f"my own words {time}", time)
        for user in "xy"
        for time in minutes
        for product in ("p1", "p2")
    ]
    assert of("b", *rows, *basket("p1", "p2")) == ["p1", "p2"]


def test_a_text_that_many_accounts_have_proves_nothing_and_is_a_basket() -> None:
    many = [
        row for user in "xyzuvw" for row in basket("p1", "p2", user=user, text="Good")
    ]
    assert of("b", *many, *basket("p1", "p2")) == ["p1", "p2"]
    assert of("x", *many) == ["p1", "p2"]
    assert of("x", *many, *shown("p1", "p2", accounts="klm")) == ["p1"]


def test_a_pair_on_which_few_of_the_reviews_stand_is_no_pair() -> None:
    alone = [
        (f"u{number}", product, 5.0, f"word {number} {product}", T)
        for number in range(8)
        for product in ("p1", "p2")
    ]
    few, rows = alone[:8], basket("p1", "p2")
    assert of("b", *shown("p1", "p2"), *few, *rows) == ["p1"]
    assert of("b", *shown("p1", "p2"), *alone, *rows) == ["p1", "p2"]


def test_short_words_at_a_time_without_an_hour_are_a_basket() -> None:
    """Where all times are dates, one word on two products of a day may be two reviews."""
    days = [f"2024-01-{day:02d} 00:00:00" for day in range(1, 26)]
    others = [
        row
        for number, day in enumerate(days)
        for row in basket(
            "q1", "q2", user=f"u{number}", text=f"w{number} {day}", time=day
        )
    ]
    mine = basket("p1", "p2", text="fine", time=days[0])
    assert of("b", *others, *mine) == ["p1", "p2"]
    assert of("b", *basket("p1", "p2", text="fine", time=T)) == ["p1"]
    long = basket("p1", "p2", text="fine for my skin", time=days[0])
    assert of("b", *others, *long) == ["p1"]


def test_one_account_on_every_product_leaves_the_baskets_as_they_are() -> None:
    """The bot of 60 products, and one of 5, which is not stopped by its size."""
    for count in (60, 5):
        products = [f"p{number:02d}" for number in range(count)]
        bot = basket(*products, user="bot", text="ok")
        assert of("b", *bot, *basket("p01", "p02", "p03")) == ["p01", "p02", "p03"]
        assert of("bot", *bot) == ["p00"]


def test_time_grows_as_the_rows_do() -> None:
    """An import of one account, one text and one minute makes no pairs: 40,000 rows in a moment."""
    products = [f"p{number:05d}" for number in range(20_000)]
    rows = [*basket(*products, user="import", text="Good"), *basket(*products)]
    frame = interactions(*rows)
    start = time.process_time()
    found, count = one_per_cross_listed(frame)
    assert time.process_time() - start < 5
    assert (len(found), count.dropped) == (20_001, 19_999)


def test_silent_rows_are_joined_through_a_chain_of_pairs_and_two_groups_stay_two() -> (
    None
):
    rows = [
        *shown("p1", "p2"),
        *shown("p2", "p3", accounts="uvw", words="what I say"),
        *shown("q1", "q2", accounts="klm"),
    ]
    assert of("b", *rows, *basket("q2", "p3", "p1", "p2", "q1")) == ["p1", "q1"]


def test_p1_and_p3_alone_are_a_basket_if_only_p2_links_them() -> None:
    rows = [*shown("p1", "p2"), *shown("p2", "p3", accounts="uvw", words="what I say")]
    assert of("b", *rows, *basket("p1", "p3")) == ["p1", "p3"]


def plain(rows: list[Row]) -> list[Row]:
    """The same rule by plain loops: the rows that stay, for texts of own words at good times."""
    reviews: dict[tuple[str, str, str], set[str]] = {}
    for user, product, _, text, when in rows:
        reviews.setdefault((user, text, when[:16]), set()).add(product)
    several = {key: found for key, found in reviews.items() if len(found) > 1}
    users_of: dict[str, set[str]] = {}
    for (user, text, _), _ in several.items():
        users_of.setdefault(text, set()).add(user)
    written = [row for row in rows if row[3]]
    pairs = set()
    for one, other in combinations(sorted({row[1] for row in rows}), 2):
        both = [
            key for key, found in several.items() if key[1] and {one, other} <= found
        ]
        provers = {user for user, text, _ in both if len(users_of[text]) <= 2}
        fewer = min(sum(row[1] == item for row in written) for item in (one, other))
        if len(provers) >= 3 and len(both) >= 0.3 * fewer:
            pairs.add((one, other))
    gone = set()
    for (user, text, minute), found in several.items():
        mine = [
            row for row in rows if (row[0], row[3], row[4][:16]) == (user, text, minute)
        ]
        if text and len(users_of[text]) <= 2:
            gone |= {row for row in mine if row[1] != min(found)}
            continue
        first = {item: item for item in found}
        for _ in found:
            for one, other in pairs & set(combinations(sorted(found), 2)):
                first[one] = first[other] = min(first[one], first[other])
        gone |= {row for row in mine if first[row[1]] != row[1]}
    return [row for row in rows if row not in gone]


some_rows = st.lists(
    st.tuples(
        st.sampled_from("abcdef"),
        st.sampled_from(["p1", "p2", "p3"]),
        st.just(5.0),
        st.sampled_from(["", "so good it is", "I like it much", "as I was told"]),
        st.sampled_from([T, U]),
    ),
    max_size=60,
    unique=True,
)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(some_rows)
def test_it_is_what_plain_loops_find(rows: list[Row]) -> None:
    rows = [*shown("p1", "p2", accounts="xyz"), *rows]
    frame, count = one_per_cross_listed(interactions(*rows))
    kept = plain(rows)
    assert values(frame) == [row[:4] for row in kept]
    assert count.dropped == len(rows) - len(kept)


def test_a_user_who_rates_one_product_twice_in_a_minute_is_left_to_the_latest_rule() -> (
    None
):
    listed = shown("p1", "p2")
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
