"""Metrics over time, from the registry that MLflow wrote, read without MLflow."""

from pathlib import Path

import pytest

from ops.pages import measured
from recsys.program.errors import StoreError
from tests.ops.conftest import Shop
from tests.ops.pages.worlds import evaluated


def test_each_evaluation_has_its_best_model_beside_popularity(shop: Shop) -> None:
    evaluated(shop.client, "ab", 0.3, 0.2)
    evaluated(shop.client, "cd", 0.4, 0.25)
    first, second = measured.evaluations(shop.mlruns)
    assert (first.metric, first.best) == ("recall_at_10", "als")
    assert tuple(first.model) == pytest.approx((0.3, 0.29, 0.31))
    assert tuple(first.popularity) == pytest.approx((0.2, 0.19, 0.21))
    assert tuple(second.model) == pytest.approx((0.4, 0.39, 0.41))
    assert first.at <= second.at


def test_nothing_was_published(shop: Shop, tmp_path: Path) -> None:
    assert measured.evaluations(shop.mlruns) == []
    assert measured.evaluations(tmp_path / "nowhere") == []


def test_a_torn_database_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"x" * 4096)
    with pytest.raises(StoreError, match="restore it from a copy"):
        measured.evaluations(tmp_path)
