"""Statistics of a small world by hand, and users whom the newest batch made trainable."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from recsys.dataset.data_stats import rating_share, users_by_history_length
from tests.stages.processing import FIRST, ROWS, SECOND, Row, merged_shop, run, stats


def test_statistics_by_hand(tmp_path: Path) -> None:
    shop = merged_shop(
        tmp_path,
        [
            *ROWS,
            ("e", "p1", 5, "x", "2024-02-01 10:00:00"),
            ("e", "p4", 5, "x", "2024-02-01 10:00:09"),
        ],
    )
    run(shop)
    assert stats(shop) == {
        "interactions": 11,
        "events": 10,
        "users": 5,
        "trainable_users": 2,
        "cold_start_users": 3,
        "newly_trainable_users": 0,
        "items": 4,
        "items_with_training_interactions": 3,
        "train_interactions": 4,
        "test_interactions": 2,
        "sparsity": 1 - 4 / 8,
        "cross_listed": {"groups": 1, "rows": 2, "dropped": 1},
        "default_texts": {"rows": 0, "texts": []},
        "rating_share": {"1": 0.1, "2": 0.2, "3": 0.1, "4": 0.1, "5": 0.5},
        "users_by_history_length": {
            "1": 2,
            "2": 1,
            "3": 2,
            **{str(n): 0 for n in range(4, 10)},
            "10+": 0,
        },
        "oldest_event": "2024-01-01T10:00:00+00:00",
        "newest_event": "2024-02-01T10:00:00+00:00",
    }


@pytest.mark.parametrize(
    ("batches", "newly"),
    [
        ({}, 0),
        (
            {FIRST: [("c", "p1", 2, "", "2024-02-01 10:00:00")]},
            1,
        ),  # c has a second interaction
        ({FIRST: [("d", "p3", 5, "", "2024-02-01 10:00:00")]}, 1),  # d has a positive
        (
            {
                FIRST: [
                    ("e", "p1", 5, "", "2024-02-01 10:00:00"),
                    ("e", "p3", 1, "", "2024-02-01 11:00:00"),
                ]
            },
            1,
        ),  # new
        (
            {
                FIRST: [
                    ("c", "p1", 2, "", "2020-02-01 10:00:00"),
                    ("d", "p3", 5, "", "2024-02-01 10:00:00"),
                ]
            },
            2,
        ),
        (
            {
                FIRST: [
                    ("a", "p4", 5, "", "2024-02-01 10:00:00"),
                    ("b", "p4", 1, "", "2024-02-01 10:00:00"),
                ]
            },
            0,
        ),  # before
        (
            {
                FIRST: [
                    ("e", "p1", 5, "", "2024-02-01 10:00:00"),
                    ("d", "p3", 3, "", "2024-02-01 10:00:00"),
                ]
            },
            0,
        ),  # not yet
        (  # c was so before the newest batch, however late its rows are
            {
                FIRST: [("c", "p1", 2, "", "2024-05-01 10:00:00")],
                SECOND: [
                    ("d", "p3", 5, "", "2024-02-01 10:00:00"),
                    ("c", "p3", 5, "", "2024-02-01 10:00:00"),
                ],
            },
            1,
        ),
    ],
)
def test_newly_trainable_users_would_not_be_so_without_the_newest_batch(
    tmp_path: Path, batches: dict[str, list[Row]], newly: int
) -> None:
    shop = merged_shop(tmp_path, ROWS, batches=batches)
    run(shop)
    found = stats(shop)
    assert found["newly_trainable_users"] == newly
    users = pl.read_parquet(shop.processed / "users.parquet")
    assert found["trainable_users"] == len(users) == 2 + newly + (SECOND in batches)


def test_a_known_pair_that_is_rated_again_makes_nobody_newly_trainable(
    tmp_path: Path,
) -> None:
    batch: list[Row] = [
        ("b", "p1", 4, "", "2024-02-01 10:00:00"),
        ("b", "p3", 4, "", "2024-02-01 10:00:00"),
    ]
    shop = merged_shop(tmp_path, ROWS, batches={FIRST: batch})
    run(shop)
    assert stats(shop)["newly_trainable_users"] == 0


def test_newly_trainable_users_follow_the_params(tmp_path: Path) -> None:
    batch: list[Row] = [("c", "p1", 2, "", "2024-02-01 10:00:00")]
    for name, changes, newly in (
        ("a", {"min_interactions": 1}, 0),
        ("b", {"positive_threshold": 3.0}, 1),
    ):
        shop = merged_shop(tmp_path / name, ROWS, batches={FIRST: batch}, **changes)
        run(shop)
        assert stats(shop)["newly_trainable_users"] == newly


def test_shares_of_stars_are_of_all_events() -> None:
    shares = rating_share(np.array([5, 5, 1, 4.0]))
    assert shares == {"1": 0.25, "2": 0, "3": 0, "4": 0.25, "5": 0.5}


def test_the_last_bar_is_for_ten_events_or_more() -> None:
    user = np.repeat(np.arange(4), [1, 9, 10, 25])
    lengths = users_by_history_length(user, users=5)  # the fifth user has no event
    assert list(lengths) == ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10+"]
    assert (lengths["1"], lengths["9"], lengths["10+"], sum(lengths.values())) == (
        1,
        1,
        2,
        4,
    )
