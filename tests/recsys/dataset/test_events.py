"""Events are the latest of a user and a product, in codes that a further row does not change."""

import hashlib
import random
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.dataset.events import (
    is_raw,
    latest_and_replaced,
    latest_per_pair,
    sorted_codes,
    to_events,
)
from recsys.dataset.split import TEST, TRAIN, UNUSED, SplitParams, split_events
from recsys.files.places import first_seen
from recsys.intake.batches import seal
from recsys.shop_csv.contract import REVIEWS
from tests.interaction_rows import interactions
from tests.recsys.dataset.worlds import latest, values

T, U = "2024-01-01 10:00:00", "2024-01-01 10:01:00"
BATCH = "000001-aaaaaaaaaaaaaaaa.csv"
PARAMS = SplitParams(
    positive_threshold=4.0, min_interactions=2, split="leave_one_out", test_share=0.1
)


def test_the_latest_event_of_a_pair_stays_then_the_higher_rating_then_the_greater_text() -> (
    None
):
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
    assert values(frame) == [
        ("a", "p1", 3, "b"),
        ("a", "p2", 3, "a"),
        ("b", "p1", 1, "new"),
    ]


def test_at_one_time_what_came_last_counts_of_batches_and_of_their_rows() -> None:
    rows = [
        ("a", "p1", 1, "", T),  # of the raw file
        ("a", "p2", 4, "", T),
        ("b", "p1", 5, "", T),
        ("a", "p1", 5, "", T),  # of the first batch
        ("b", "p2", 5, "", T),
        ("b", "p2", 2, "", T),
        ("a", "p2", 1, "x", T),  # of the second
        ("a", "p1", 3, "", T),
        ("b", "p1", 1, "", "2023-12-31 10:00:00"),
    ]
    files = [REVIEWS.file] * 3 + [BATCH] * 3 + [BATCH.replace("1", "2")] * 3
    frame = interactions(*rows).with_columns(file=pl.Series(files))
    ratings = {row[:2]: row[2] for row in values(latest(frame))}
    assert ratings == {
        ("a", "p1"): 3,
        ("a", "p2"): 1,
        ("b", "p1"): 5,
        ("b", "p2"): 2,
    }
    # compacted: the same rows in one file
    folded = frame.with_columns(file=pl.Series(files[:3] + [BATCH] * 6))
    assert values(latest(folded)) == values(latest(frame))


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
    expected = [
        (*pair, rating, text) for pair, (_, rating, text) in sorted(plain.items())
    ]
    assert values(latest(interactions(*order.sample(rows, len(rows))))) == expected


def test_what_a_later_purchase_replaces_is_kept_and_a_correction_is_none() -> None:
    rows = [
        ("a", "p1", 5, "", T),
        ("a", "p1", 4, "", U),
        ("a", "p1", 3, "", "2024-03-01 10:00:00"),
        ("b", "p1", 5, "", T),
        ("b", "p1", 1, "", T),  # of one time: the former one, corrected
        ("b", "p1", 2, "", U),
        ("b", "p2", 2, "", U),
    ]
    frame = interactions(*rows).with_columns(
        file=pl.Series([REVIEWS.file] * 4 + [BATCH] * 3)
    )
    users = sorted_codes(frame["user_id"], pl.Series(["a", "b"]))
    items = sorted_codes(frame["product_id"], pl.Series(["p1", "p2"]))
    chosen, replaced = latest_and_replaced(users, items, frame)
    assert (chosen.tolist(), replaced.tolist()) == ([2, 5, 6], [0, 1, 4])
    cut = int(frame["timestamp"].dt.epoch("us").max())
    chosen, replaced = latest_and_replaced(users, items, frame, cut)
    assert (chosen.tolist(), replaced.tolist()) == ([1, 2, 5, 6], [0, 4])


def test_events_are_sorted_by_the_codes_of_user_and_item_not_by_their_ids() -> None:
    frame = interactions(
        ("b", "p2", 5, "", T), ("a", "p1", 5, "", T), ("b", "p1", 5, "", U)
    ).with_columns(file=pl.lit(REVIEWS.file))
    users, ids = first_seen(frame["user_id"])
    items = sorted_codes(frame["product_id"], pl.Series(["p1", "p2"]))
    assert latest_per_pair(users, items, frame).tolist() == [2, 0, 1]
    assert ids.to_list() == ["b", "a"]


def test_items_are_coded_by_their_place_among_all_that_are_known() -> None:
    assert sorted_codes(
        pl.Series(["p9", "p1", "p9"]), pl.Series(["p1", "p5", "p9"])
    ).tolist() == [
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


def test_to_events_codes_users_and_items_and_knows_what_was_before_the_newest_batch() -> (
    None
):
    rows = interactions(
        ("b", "p2", 5, "", T),
        ("a", "p1", 4, "", T),
        ("b", "p2", 1, "", U),
    ).with_columns(
        file=pl.Series([REVIEWS.file, REVIEWS.file, BATCH]),
        comment_quality=pl.Series([0.1, 0.2, 0.3], dtype=pl.Float32),
    )
    coded = to_events(rows, pl.DataFrame({"product_id": ["p3"]}), PARAMS)
    assert coded.user_ids.to_list() == ["b", "a"]
    assert coded.item_ids.to_list() == ["p1", "p2", "p3"]
    assert coded.events.user.tolist() == [0, 1]
    assert coded.events.item.tolist() == [1, 0]
    assert coded.events.rating.tolist() == [1, 4]
    assert coded.rows["file"].to_list() == [BATCH, REVIEWS.file]
    assert coded.before is not None
    assert coded.before.rating.tolist() == [5, 4]
    catalogue = pl.DataFrame({"product_id": ["p3"]})
    assert to_events(rows[:2], catalogue, PARAMS).before is None


def test_what_is_bought_again_after_the_cut_in_time_does_not_rewrite_what_was_known() -> (
    None
):
    day = "2024-01-{:02d} 10:00:00".format
    rows = interactions(
        ("a", "p1", 5, "", day(1)),
        ("a", "p2", 5, "", day(2)),
        ("a", "p1", 2, "", day(3)),
        ("a", "p1", 4, "", day(9)),
        ("a", "p3", 4, "", day(9)),
        ("b", "p2", 4, "", day(1)),
        ("b", "p3", 4, "", day(4)),
    ).with_columns(
        file=pl.lit(REVIEWS.file), comment_quality=pl.lit(0.5, dtype=pl.Float32)
    )
    products = rows.select("product_id").unique()
    by_time = PARAMS.model_copy(update={"split": "global_time", "test_share": 0.3})
    coded = to_events(rows, products, by_time)
    part, trainable = split_events(coded.events, 2, by_time)
    columns = (coded.events.user, coded.events.item, coded.events.rating, part)
    assert list(zip(*(column.tolist() for column in columns), strict=True)) == [
        (0, 0, 2, TRAIN),
        (0, 0, 4, UNUSED),  # seen before: it is not ranked, so it is no test
        (0, 1, 5, TRAIN),
        (0, 2, 4, TEST),
        (1, 1, 4, TRAIN),
        (1, 2, 4, TRAIN),
    ]
    assert trainable.all()
    assert len(to_events(rows, products, PARAMS).events) == 5
