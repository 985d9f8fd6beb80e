"""What is measured is what is served: its weights, its lists, and those of newcomers."""

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.dataset.embeddings import Embeddings
from recsys.dataset.folder import Ids
from recsys.dataset.interactions import Interactions
from recsys.models import factors
from recsys.ranking import hybrid
from recsys.ranking.neighbours import item_neighbours
from recsys.ranking.weights import ONLY_FACTORS
from stages import evaluate
from tests.stages.evaluated_worlds import (
    DISLIKES,
    FOLD_IN,
    ITEMS,
    PARAMS,
    TRAIN,
    USERS,
    evaluated_shop,
    run,
    save_model,
)


def test_what_is_bought_together_is_made_once_for_all_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = evaluated_shop(tmp_path)
    for name in ("als", "bpr"):
        weights = {"content": 0.0, "popularity": 0.0, "neighbours": 1.0}
        save_model(shop, name, np.zeros((4, 5)), hybrid=weights)
    made = []

    def noted(known: csr_matrix) -> csr_matrix:
        made.append(known)
        return item_neighbours(known)

    monkeypatch.setattr(hybrid, "item_neighbours", noted)
    run(shop)
    assert len(made) == 1


def test_the_places_are_those_of_the_models_notes(tmp_path: Path) -> None:
    shop = evaluated_shop(tmp_path)
    save_model(shop, "als", np.zeros((4, 5)), places=2)
    ids, items = Ids(USERS, ITEMS), Embeddings(np.eye(5, dtype=np.float32), "by hand")
    models = [
        evaluate.read_model(
            tmp_path / "models" / name, ids, items, tmp_path / "items.npz"
        )
        for name in ("als", "bpr")
    ]
    assert [model.new_item_places for model in models] == [2, 0]


def test_kept_places_are_in_every_metric_of_what_is_served_and_in_no_other() -> None:
    """Six users have bought item 0 and take item 21 next, the last of ten new ones."""
    users, items = 6, 22
    known = np.zeros((users, items), np.float32)
    known[:, 0] = 1
    sold = known.copy()
    sold[0, :12] = 1  # by somebody
    test = np.zeros((users, items), np.float32)
    test[1:, 21] = 1
    confidence = csr_matrix(5 * sold)
    data = evaluate.Dataset(
        Interactions(confidence, csr_matrix(sold), csr_matrix(0 * sold)),
        csr_matrix(test),
        csr_matrix((users, items), dtype=np.float32),
        np.eye(items, dtype=np.float32),
    )
    ids = Ids([f"u{one}" for one in range(users)], [f"p{one}" for one in range(items)])
    rows = np.zeros((items, 2), np.float32)
    rows[:, 0] = np.where(np.arange(items) < 12, 50, 0) + np.arange(items)
    model = factors.Factors(
        ids.users, ids.items, np.ones((users, 2), np.float32), rows, FOLD_IN
    )
    params = PARAMS.model_copy(update={"cutoffs": [10], "primary": "recall_at_10"})
    kept = evaluate.Model(model, ONLY_FACTORS, new_item_places=1)
    none = evaluate.Model(model, ONLY_FACTORS)
    found = evaluate.measure({"als": kept, "bpr": none}, data, params).rows
    names = ["recall_at_10", "cold_item_recall_at_10", "newcomer_recall_at_10"]
    assert [found["als"][name] for name in names] == [1, 1, 1]
    assert found["als"]["ndcg_at_10"] == pytest.approx(1 / np.log2(11), abs=1e-6)
    assert [found["bpr"][name] for name in names] == [0, 0, 0]
    assert found["als_factors"]["recall_at_10"] == 0
    assert found["als"]["cold_item_share_at_10"] == 0.1
    assert found["bpr"]["cold_item_share_at_10"] == 0
    assert found["als"]["coverage_at_10"] == found["bpr"]["coverage_at_10"]
    assert found["als_factors"]["ndcg_at_10"] == 0


def test_of_a_newcomer_what_is_not_known_is_not_left_out_of_the_list() -> None:
    """Three users have bought items 0 and 1, and take item 2 next. Known is 0 alone: so item 1,
    which every list begins with, stands on top of theirs.
    """
    known = np.zeros((3, 4), np.float32)
    known[:, :2] = 1
    test = np.zeros((3, 4), np.float32)
    test[:, 2] = 1
    latest = np.zeros((3, 4), np.float32)
    latest[:, 0] = 1
    data = evaluate.Dataset(
        Interactions(csr_matrix(5 * known), csr_matrix(known), csr_matrix(0 * known)),
        csr_matrix(test),
        csr_matrix(latest),
        np.eye(4, dtype=np.float32),
    )
    users, items = ["u0", "u1", "u2"], ["p0", "p1", "p2", "p3"]
    rows = np.array([[1, 0], [9, 0], [5, 0], [0, 0]], np.float32)
    model = factors.Factors(users, items, np.ones((3, 2), np.float32), rows, FOLD_IN)
    params = PARAMS.model_copy(update={"cutoffs": [1, 2], "primary": "recall_at_1"})
    one = evaluate.Model(model, ONLY_FACTORS)
    found = evaluate.measure({"als": one, "bpr": one}, data, params).rows["als"]
    assert found["recall_at_1"] == 1
    assert found["newcomer_recall_at_1"] == 0


def test_a_newcomer_is_known_by_one_positive_the_latest_if_there_are_several() -> None:
    confidence = csr_matrix((5 * TRAIN).astype(np.float32))
    known = Interactions(
        confidence,
        csr_matrix(TRAIN.astype(np.float32)),
        csr_matrix(DISLIKES.astype(np.float32)),
    )
    latest = csr_matrix((np.ones(1, dtype=np.float32), ([2], [1])), shape=TRAIN.shape)
    one = evaluate.one_positive(known, latest)
    assert one.toarray().tolist() == [
        [5, 0, 0, 0, 0],
        [5, 0, 0, 0, 0],
        [0, 5, 0, 0, 0],
        [0, 5, 0, 0, 0],
    ]
    assert one.nnz == 4
