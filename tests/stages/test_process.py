"""Events, split and matrices of small worlds, by hand; test items never train, and a dislike is
never confidence.
"""

import random
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import load_npz

from tests.stages.processing import (
    FIRST,
    ONE_WORD,
    ROWS,
    SIMPLE,
    Row,
    matrix,
    merged_shop,
    run,
    stats,
)
from tests.worlds import Shop, snapshot

FILES = {
    "X_hard_negatives.npz",
    "X_train_binary.npz",
    "X_train_ages.npz",
    "X_train_confidence.npz",
    "data_stats.json",
    "interactions.parquet",
    "items.parquet",
    "replaced.parquet",
    "split.json",
    "test.parquet",
    "users.parquet",
    "validation.parquet",
}


def test_a_small_world_by_hand(tmp_path: Path) -> None:
    shop = merged_shop(tmp_path, ROWS)
    run(shop)
    assert snapshot(shop.processed).keys() == FILES
    # a's latest positive is p2, b's is p3; p4 is in the catalogue only; columns p1 p2 p3 p4
    assert matrix(shop, "X_train_binary").tolist() == [[1, 0, 0, 0], [1, 0, 0, 0]]
    assert matrix(shop, "X_hard_negatives").tolist() == [[0, 0, 1, 0], [0, 1, 0, 0]]
    assert matrix(shop, "X_train_confidence") == pytest.approx(
        np.array([[5 + ONE_WORD, 0, 0, 0], [5 + 0.5, 0, 0, 0]]), abs=1e-4
    )
    assert load_npz(shop.processed / "X_train_binary.npz").dtype == np.float32
    assert pl.read_parquet(shop.processed / "test.parquet").rows() == [
        (0, 1, "a", "p2"),
        (1, 2, "b", "p3"),
    ]
    assert pl.read_parquet(shop.processed / "users.parquet").rows() == [
        (0, "a", 2),
        (1, "b", 2),
    ]
    assert pl.read_parquet(shop.processed / "items.parquet").rows() == [
        (0, "p1", 2, True),
        (1, "p2", 1, True),
        (2, "p3", 1, True),
        (3, "p4", 0, True),
    ]


def test_a_five_that_became_a_one_leaves_the_positives(tmp_path: Path) -> None:
    shop = merged_shop(tmp_path, [*ROWS, ("a", "p1", 1, "", "2024-03-01 10:00:00")])
    run(shop)
    assert matrix(shop, "X_train_binary").tolist() == [
        [0, 1, 0, 0],
        [1, 0, 0, 0],
    ]  # p2 is the only positive and trains
    assert matrix(shop, "X_hard_negatives").tolist() == [[1, 0, 1, 0], [0, 1, 0, 0]]
    assert pl.read_parquet(shop.processed / "test.parquet")["user_id"].to_list() == [
        "b"
    ]


def test_global_time_by_hand(tmp_path: Path) -> None:
    rows: list[Row] = [
        *ROWS[:6],
        ("a", "p4", 5, "", "2024-01-06 11:00:00"),
        ("z", "p1", 5, "", "2024-01-06 11:00:00"),
    ]
    shop = merged_shop(
        tmp_path, rows, split="global_time", test_share=0.2
    )  # of 8 events; three of one time
    run(shop)
    assert pl.read_parquet(shop.processed / "test.parquet").rows() == [
        (0, 3, "a", "p4")
    ]
    assert matrix(shop, "X_train_binary").tolist() == [[1, 1, 0, 0], [1, 0, 1, 0]]
    assert matrix(shop, "X_hard_negatives").tolist() == [[0, 0, 1, 0], [0, 0, 0, 0]]


times = st.integers(1, 9).map(lambda day: f"2024-01-0{day} 10:00:00")
worlds = st.lists(
    st.tuples(
        st.sampled_from("abcd"),
        st.sampled_from(["p1", "p2", "p3", "p4"]),
        st.sampled_from([1.0, 3.0, 4.0, 5.0]),
        st.sampled_from(["", "tốt"]),
        times,
    ),
    min_size=1,
    max_size=25,
)
ALWAYS: list[Row] = [
    ("y", "p1", 5, "", "2024-01-01 09:00:00"),
    ("y", "p2", 5, "", "2024-01-01 09:05:00"),
    ("y", "p3", 5, "", "2024-01-09 10:00:00"),
]


@settings(max_examples=30, deadline=None, derandomize=True, database=None)
@given(worlds, st.sampled_from(["leave_one_out", "global_time"]))
def test_test_items_never_train_dislikes_are_no_confidence_and_row_order_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], split: str
) -> None:
    folder = tmp_path_factory.mktemp("world")
    shop = merged_shop(folder / "a", [*rows, *ALWAYS], split=split)
    run(shop)
    binary, disliked, confidence = (
        matrix(shop, name)
        for name in ("X_train_binary", "X_hard_negatives", "X_train_confidence")
    )
    for user, item, *_ in pl.read_parquet(shop.processed / "test.parquet").iter_rows():
        assert (binary[user, item], disliked[user, item], confidence[user, item]) == (
            0,
            0,
            0,
        )
    assert not (disliked * confidence).any()
    assert ((confidence > 0) == (binary == 1)).all()
    assert set(confidence[confidence > 0] >= 4) <= {True}
    shuffled = random.Random(0).sample([*rows, *ALWAYS], len(rows) + len(ALWAYS))
    again = merged_shop(folder / "b", shuffled, split=split)
    run(again)
    assert by_id(again) == by_id(shop)
    stay = [
        row
        for user in dict.fromkeys(row[0] for row in [*rows, *ALWAYS])
        for row in shuffled
        if row[0] == user
    ]
    same = merged_shop(
        folder / "c", stay, split=split
    )  # users appear in the same order
    run(same)
    assert snapshot(same.processed) == snapshot(shop.processed)


def by_id(shop: Shop) -> tuple[Any, ...]:
    """Everything that is written, with users in the order of their ids instead of their numbers."""
    tables = {
        name: pl.read_parquet(shop.processed / f"{name}.parquet").drop("user_index")
        for name in ("users", "interactions", "test")
    }
    order = np.argsort(tables["users"]["user_id"].to_numpy())
    return (
        [
            matrix(shop, name)[order].tolist()
            for name in ("X_train_binary", "X_hard_negatives", "X_train_confidence")
        ],
        [sorted(table.rows()) for table in tables.values()],
        (shop.processed / "items.parquet").read_bytes(),
        stats(shop),
    )


def test_the_cache_changes_no_byte_whether_it_is_there_torn_or_not(
    tmp_path: Path,
) -> None:
    shop = merged_shop(tmp_path, ROWS)
    run(shop)
    first, cached = snapshot(shop.processed), shop.cache.read_bytes()
    run(shop)
    assert (snapshot(shop.processed), shop.cache.read_bytes()) == (first, cached)
    shop.cache.write_bytes(cached[:-1])
    run(shop)
    assert (snapshot(shop.processed), shop.cache.read_bytes()) == (first, cached)


def test_quality_is_learned_from_the_raw_reviews_only(tmp_path: Path) -> None:
    moods = ("tốt lắm", "mềm mịn", "sẽ mua lại"), ("tệ quá", "kích ứng", "thất vọng")

    def reviews(kind: str, against: bool) -> list[Row]:
        """One in two is a dislike; if `against`, the texts say the contrary of the stars."""
        rows: list[Row] = []
        for number in range(120):
            mood = moods[(number + against) % 2][number // 2 % 3]
            stars = (5.0, 1.0)[number % 2]
            time = f"2024-01-01 {number // 60:02}:{number % 60:02}:00"
            text = f"{mood} sau {number} ngày"
            rows.append(
                (f"{kind}{number // 4}", f"p{number % 4 + 1}", stars, text, time)
            )
        return rows

    quality = {"quality": {**SIMPLE, "scorer": "reviews"}}
    found = []
    for name, raw, batches in (
        ("a", reviews("u", against=False), {}),
        ("b", reviews("u", against=False), {FIRST: reviews("v", against=True)}),
        ("c", [*reviews("u", against=False), *reviews("v", against=True)], {}),
    ):
        shop = merged_shop(tmp_path / name, raw, batches=batches, **quality)
        run(shop)
        events = pl.read_parquet(shop.processed / "interactions.parquet").filter(
            pl.col("user_id").str.starts_with("u")
        )
        assert len(events) == 120
        found.append(
            events.select("user_id", "product_id", "rating", "comment_quality").rows()
        )
    assert found[1] == found[0]
    assert found[2] != found[0]
    assert min(row[3] for row in found[0] if row[2] == 5) > max(
        row[3] for row in found[0] if row[2] == 1
    )
