"""The straight script: ranks, metrics, intervals, and one run of it."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bench.house.imports import ROOT
from bench.shop import generate
from bench.speed import straight
from recsys.ranking import metrics


def test_its_metrics_are_ours() -> None:
    rng = np.random.default_rng(0)
    scores = rng.random((30, 50), dtype=np.float32)
    items = rng.integers(0, 50, 30)
    items[::7] = -1
    users = np.flatnonzero(items >= 0)
    touched = rng.random((30, 50)) < 0.2
    touched[users, items[users]] = False
    seen = csr_matrix(touched, dtype=np.float32)
    place, of_item = straight.places(lambda rows: scores[rows], seen, items)
    test = csr_matrix((np.ones(len(users)), (users, items[users])), shape=seen.shape)
    ours, coverage = metrics.evaluate(
        lambda rows: scores[rows], seen, test, list(straight.CUTOFFS)
    )
    for name, values in straight.metrics(place).items():
        assert values.tolist() == pytest.approx(ours[name].tolist()), name
    for k in straight.CUTOFFS:
        assert (of_item < k).mean() == pytest.approx(coverage[f"coverage_at_{k}"])


def test_an_interval_is_around_its_mean_and_narrow_for_many_users() -> None:
    hit = (np.arange(10_000) % 4 == 0).astype(np.float64)
    ((mean, low, high),) = straight.with_intervals({"x": hit}).values()
    assert mean == 0.25 and 0.24 < low < mean < high < 0.26


def test_so_many_users_judge_a_check_and_no_more(monkeypatch) -> None:
    monkeypatch.setattr(straight, "FOLD_USERS", 3)
    items = np.array([-1, 4, 5, 6, -1, 7, 8])
    chosen = straight.some(items)
    assert (chosen >= 0).sum() == 3
    assert all(one in (-1, other) for one, other in zip(chosen, items, strict=True))


def test_a_run_prints_cost_and_every_figure_of_every_ranker(tmp_path, capsys) -> None:
    assert generate.main([str(tmp_path), "--users", "200", "--products", "30"]) == 0
    capsys.readouterr()
    assert straight.main([str(tmp_path), "--bpr-recall", "0.1", "--validate"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["wall"] > 0 and found["cpu"] > 0 and found["peak"] > 50
    assert len(found["figures"]) == 5 * 6 * 3 and found["test_users"] > 20
    recall = {
        name: found["figures"][f"{name} recall_at_10"][0] for name in found["coverage"]
    }
    assert recall["random"] < recall["als"]
    assert found["bpr_valid_recall_at_10"] >= 0.1
    assert found["bpr_epochs"] % straight.CHECK_EVERY == 0


@pytest.mark.parametrize("folder", ["nowhere", "docs"])
def test_a_folder_without_a_shop_is_one_message(folder: str, capsys) -> None:
    assert straight.main([str(ROOT / Path(folder))]) == 2
    said = capsys.readouterr().err
    assert said.startswith("bench.speed.straight: ") and "Traceback" not in said
