"""Intervals paired with popularity, the best model, and the rows that people see."""

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from recsys.ranking import evaluation, metrics

PARAMS = evaluation.Params(
    cutoffs=[1, 2],
    primary="recall_at_1",
    bootstrap_samples=200,
    users=9,
    newcomers=3,
    cells=10_000,
    seed=1,
)


def test_intervals_are_paired_with_popularity() -> None:
    rng = np.random.default_rng(0)
    base = rng.random(50)
    names = [f"{metric}_at_{k}" for metric in metrics.USER_METRICS for k in (1, 2)]
    per_user = {
        name: dict.fromkeys(names, base + shift)
        for name, shift in (("als", 0.25), ("popularity", 0.0))
    }
    found = evaluation.with_intervals(
        per_user, {name: {"coverage_at_1": 0.5} for name in per_user}, PARAMS
    )
    als = found["als"]
    assert [
        als[f"recall_at_1_over_popularity{end}"] for end in ("", "_low", "_high")
    ] == [
        0.25,
        0.25,
        0.25,
    ]
    assert als["recall_at_1_low"] < als["recall_at_1"] < als["recall_at_1_high"]
    assert als["recall_at_1"] == pytest.approx(base.mean() + 0.25, abs=1e-6)
    assert als["coverage_at_1"] == 0.5


def test_the_best_has_the_highest_primary_metric_and_is_the_first_at_a_tie_never_a_baseline() -> (
    None
):
    def best(als: float, bpr: float) -> str:
        values = {"popularity": 0.9, "bpr": bpr, "als": als}
        return evaluation.best_of(
            {name: {"recall_at_1": value} for name, value in values.items()},
            "recall_at_1",
            {"als": 0.5, "bpr": None},  # one says nothing, so the test decides
        )

    assert (best(0.1, 0.2), best(0.2, 0.1), best(0.1, 0.1)) == ("bpr", "als", "als")


def test_newcomer_metrics_are_the_headline_ones_with_intervals_as_of_any_model() -> (
    None
):
    base = np.random.default_rng(0).random(50)
    names = [f"{metric}_at_1" for metric in metrics.USER_METRICS]
    per_user = dict.fromkeys(names, base)
    row = evaluation.newcomer_metrics(per_user, PARAMS)
    assert list(row) == [
        f"newcomer_{metric}_at_1{end}"
        for metric in ("recall", "ndcg")
        for end in ("", "_low", "_high")
    ]
    as_model = evaluation.with_intervals(
        {"popularity": per_user}, {"popularity": {}}, PARAMS
    )
    for name, value in row.items():
        assert value == as_model["popularity"][name.removeprefix("newcomer_")]


def test_the_headline_row_is_the_primary_metric_and_ndcg_and_coverage_at_its_cutoff() -> (
    None
):
    row = {
        "recall_at_2": 0.5,
        "recall_at_2_low": 0.4,
        "recall_at_2_high": 0.6,
        "ndcg_at_2": 0.3,
    }
    others = {"coverage_at_2": 0.9, "ndcg_at_1": 0.1, "coverage_at_1": 0.2}
    assert evaluation.headline_row(others | row, "recall_at_2") == {
        **row,
        "coverage_at_2": 0.9,
    }


def test_the_table_of_dvc_plots_has_a_line_a_model_and_cutoff() -> None:
    columns = (*metrics.USER_METRICS, "coverage")
    row = {f"{name}_at_{k}": k / 10 for name in columns for k in (1, 2)}
    assert evaluation.ranking_csv({"als": row, "bpr": row}, [1, 2]).splitlines() == [
        "model,k,recall,precision,hit_rate,ndcg,map,mrr,coverage",
        *(f"{name},{k}" + f",0.{k}" * 7 for name in ("als", "bpr") for k in (1, 2)),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"primary": "recall_at_3"},
        {"primary": "recall@1"},
        {"primary": "coverage_at_1"},
        {"primary": "recall"},
        {"primary": "recall_at_01"},
        {"primary": "recall_at_١"},
        {"cutoffs": []},
        {"cutoffs": [0]},
        {"cutoffs": [1, 1, 2]},
        {"cutoffs": [1, 1_000_000]},
        {"bootstrap_samples": 10**15},
        {"newcomers": 0},
        {"bootstrap_samples": 1},
        {"seed": -1},
    ],
)
def test_wrong_params_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        evaluation.Params.model_validate({**PARAMS.model_dump(), **changes})


def test_fewer_users_are_measured_where_there_are_many_items() -> None:
    settings = PARAMS.model_copy(update={"users": 50, "cells": 1000})
    assert [settings.users_of(items) for items in (0, 10, 20, 100, 5000)] == [
        *(50, 50, 50, 10, 1)
    ]


def test_the_better_model_is_that_of_the_validation_fold() -> None:
    """The test figures say the opposite, and are for the gate."""
    rows = {"als": {"recall_at_1": 0.9}, "bpr": {"recall_at_1": 0.1}}
    for als, bpr, best in ((0.1, 0.2, "bpr"), (0.2, 0.1, "als"), (0.1, 0.1, "als")):
        by_fold = {"als": als, "bpr": bpr}
        assert evaluation.best_of(rows, "recall_at_1", by_fold) == best


def test_a_blend_is_evaluated_only_where_it_leads_by_the_fold_so_it_is_the_best() -> (
    None
):
    rows = {name: {"recall_at_1": 0.5} for name in ("als", "bpr")}
    by_fold = {"als": 0.2, "bpr": 0.1, "blend": None}
    assert evaluation.best_of(rows, "recall_at_1", by_fold) == "als"
    with_blend = {**rows, "blend": {"recall_at_1": 0.1}}
    assert evaluation.best_of(with_blend, "recall_at_1", by_fold) == "blend"
