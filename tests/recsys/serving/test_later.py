"""What was bought later is scored by the lists that are served, the same users for all."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from recsys.files.tables import write_table
from recsys.serving import later
from recsys.serving.later import Purchases
from recsys.serving.recommender import Wish
from tests.recsys.serving import worlds

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def events(folder: Path, *rows: tuple[str, str, float, int]) -> Path:
    """A table of user, product, stars, and the days after NOW."""
    made = [(u, p, stars, NOW + timedelta(days=days)) for u, p, stars, days in rows]
    path = folder / "events.parquet"
    write_table(pl.DataFrame(made, schema=later.COLUMNS, orient="row"), path)
    return path


def test_purchases_are_positives_after_the_moment(tmp_path: Path) -> None:
    path = events(
        tmp_path,
        ("u1", "p1", 5.0, 0),  # not after
        ("u1", "p3", 4.0, 1),
        ("u1", "p2", 3.0, 2),  # a dislike
        ("u0", "p4", 5.0, 3),
        ("u1", "p0", 5.0, 1),
    )
    found = later.purchases(path, NOW, NOW, 4.0, 10)
    assert found == Purchases(
        {"u0": ["p4"], "u1": ["p0", "p3"]}, NOW + timedelta(days=3)
    )
    assert list(later.purchases(path, NOW, NOW, 4.0, 1).by_user) == ["u0"]
    late = NOW + timedelta(days=9)
    assert later.purchases(path, late, late, 4.0, 1) == Purchases({}, None)


def test_who_has_bought_before_is_left_out(tmp_path: Path) -> None:
    path = events(
        tmp_path,
        ("u1", "p1", 5.0, 0),  # as long ago as the promotion
        ("u2", "p1", 5.0, 1),
        ("u3", "p1", 2.0, 1),  # a dislike: not heard
        *((user, "p2", 5.0, 3) for user in ("u1", "u2", "u3")),
    )
    found = later.purchases(path, NOW, NOW + timedelta(days=2), 4.0, 10)
    assert list(found.by_user) == ["u1", "u3"]
    assert found.again == 1


def test_the_worth_of_a_list_is_by_what_was_bought_of_it(tmp_path: Path) -> None:
    model = worlds.recommender(tmp_path)
    shown = [item.product_id for item in model.recommend("u0", Wish(k=3)).items]
    had = next(iter(worlds.events().filter(pl.col("user_id") == "u0")["product_id"]))
    bought = Purchases({"u0": [shown[1], had], "u1": [had_by(model, "u1")]}, NOW)
    ours, popular = later.worth([model], bought, "ndcg_at_3", 3)
    assert np.allclose(ours, [1 / np.log2(3)])  # u1 has bought nothing that is new
    assert len(popular) == 1
    none = later.worth([model], Purchases({}, None), "ndcg_at_3", 3)
    assert [len(values) for values in none] == [0, 0]


@pytest.mark.parametrize("places", [0, 2])
def test_the_lists_are_those_that_are_served(tmp_path: Path, places: int) -> None:
    model = worlds.recommender(tmp_path, places=places)
    users = ["u0", "u3", "nobody knows them", "u7"]
    rows = model.rows_of(users)
    assert later._lists(model, rows, 3) == [
        [item.product_id for item in model.recommend(user, Wish(k=3)).items]
        for user in users
    ]
    assert later._popular(model, rows, 3) == [
        [
            item.product_id
            for item in model.recommend(
                None, Wish(k=3, exclude=sorted(later._had(model, model.row_of(user))))
            ).items
        ]
        for user in users
    ]


def had_by(model, user: str) -> str:
    return next(iter(later._had(model, model.row_of(user))))
