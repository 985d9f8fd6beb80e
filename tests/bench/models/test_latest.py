"""The bench of the latest purchase: what is cut out, and the lists side by side."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bench.models import latest
from bench.models.peers import PEERS
from tests.bench.models.tables import rows_of
from tests.recsys.serving import worlds

DAY = datetime(2026, 1, 1, tzinfo=UTC)


def table(*rows: tuple[str, str, float, int]) -> pl.DataFrame:
    """Interactions (user, product, rating, day)."""
    return pl.DataFrame(
        [
            (user, item, rating, DAY + timedelta(days=day))
            for user, item, rating, day in rows
        ],
        schema=["user_id", "product_id", "rating", "timestamp"],
        orient="row",
    )


def test_the_last_product_goes_with_all_of_its_moment_and_later() -> None:
    left, bought = latest.cut(
        table(
            *(("a", f"p{day}", 5.0, day) for day in (3, 1, 2)),
            ("a", "p1", 5.0, 4),  # once more: it is no new product
            ("b", "p1", 5.0, 1),
            ("b", "p2", 5.0, 2),
            *(("c", f"p{day}", 5.0, day) for day in (1, 2)),
            ("c", "p3", 1.0, 3),
        ),
        4.0,
    )
    assert bought.rows() == [("a", "p3")]  # b has two products, c did not like the last
    assert left.filter(pl.col("user_id") == "a")["product_id"].to_list() == ["p1", "p2"]
    assert left.filter(pl.col("user_id") != "a").height == 5


def test_gains_of_lists() -> None:
    found = latest.gains(np.array([[4, 5, *range(10, 18)]] * 2), np.array([5, 9]))
    assert np.allclose(found, [[1, 1 / np.log2(3)], [0, 0]])


def test_lists_as_served_stand_beside_those_of_others(
    raw: Path, light: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latest, "TRIALS", 1)
    names = ("implicit ALS", "EASE")
    monkeypatch.setattr(latest, "PEERS", {name: PEERS[name] for name in names})
    out = tmp_path / "out.md"
    words = [str(raw), "--params", str(light), "--out", str(out), "--seeds", "1"]
    latest.main(words)
    rows = {row[2]: row for row in rows_of(out.read_text())}
    ours = ["als", "als as trained", "bpr", "bpr as trained"]
    assert list(rows) == ["served", *ours, "popular", *names]
    ndcg = {name: float(row[4]) for name, row in rows.items()}
    assert ndcg["served"] in (ndcg["als"], ndcg["bpr"])
    assert int(rows["als"][1]) > 20
    for name in list(rows)[1:]:
        lead = float(rows[name][5].split()[0])
        assert abs(lead - (ndcg["served"] - ndcg[name])) < 2e-4
    assert ndcg["als"] != ndcg["als as trained"] and ndcg["bpr"] > 0
    assert "regularization" in rows["EASE"][6]


def test_a_peer_is_fitted_to_all_and_lists_nothing_that_was_seen(
    tmp_path: Path,
) -> None:
    made = worlds.recommender(tmp_path).release
    known = latest.known_of(made)
    assert known.binary[0].indices.tolist() == [2, 4, 6, 8]
    assert known.confidence.data.tolist() == made.arrays["liked_confidence"].tolist()
    assert known.dislikes.nnz == len(made.arrays["disliked_items"]) > 0
    scores = np.tile(np.arange(10, dtype=np.float32), (15, 1))
    lists = latest.peer_lists(lambda rows: scores[rows], made, np.array([0, 1]))
    assert lists[0].tolist() == [9, 7, 5, 3, 1, 0, -1, -1, -1, -1]
