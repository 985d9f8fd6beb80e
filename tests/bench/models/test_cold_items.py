"""Items that are held out of training, and the ways to find them."""

import numpy as np
import pytest

from bench.models import cold_items
from bench.models.cold_items import among, random_vectors, warm_table, with_test
from bench.models.fits import Fits
from bench.models.prepared import Prepared
from tests.bench.models.tables import rows_of


def test_the_test_positives_join_the_training(shop: Prepared) -> None:
    joined = with_test(shop)
    known = shop.inputs.known
    assert joined.binary.nnz == known.binary.nnz + shop.test.nnz
    added = joined.confidence[shop.test.nonzero()]
    assert np.asarray(added) == pytest.approx(float(known.confidence.data.mean()))


def test_random_vectors_are_of_length_one() -> None:
    made = random_vectors(np.zeros((5, 3), dtype=np.float32), seed=1)
    assert np.linalg.norm(made, axis=1) == pytest.approx(np.ones(5))


def test_among_leaves_the_hidden_items_only() -> None:
    hidden = np.array([True, False])
    score = among(hidden, lambda users: np.ones((len(users), 2), dtype=np.float32))
    assert score(np.arange(2)).tolist() == [[1, -np.inf], [1, -np.inf]]


def test_every_way_finds_some(
    shop: Prepared, fits: Fits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cold_items, "SEEDS", (0, 1))
    rows = rows_of("\n".join(cold_items.cold_table(shop, fits)))
    assert len(rows) == 11 and rows[0][0] == "chance"
    for _, recall, seeds, _ in rows:
        low, high = map(float, seeds.split(" to "))
        assert low <= float(recall) <= high


def test_warm_items_are_compared_with_and_without_rows(
    shop: Prepared, fits: Fits
) -> None:
    rows = rows_of("\n".join(warm_table(shop, fits)))
    assert [row[0] for row in rows] == ["ALS", "BPR"]
    for _, without, with_rows, gain in rows:
        change = float(with_rows) - float(without)
        assert float(gain.split()[0]) == pytest.approx(change, abs=2e-4)
