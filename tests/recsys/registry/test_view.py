"""The UI's address leads to the models, with the metrics that matter as columns."""

import json
from pathlib import Path

from recsys.registry import store, view
from tests.recsys.registry.worlds import World


def test_the_metrics_that_matter_come_in_their_order() -> None:
    found = json.loads(view.state("recall_at_10"))
    assert found["selectedColumns"] == found["columnOrder"]
    assert found["columnOrder"][:4] == [
        "metrics.`recall_at_10`",
        "metrics.`recall_at_10_low`",
        "metrics.`recall_at_10_high`",
        "metrics.`recall_at_10_over_popularity`",
    ]
    columns = view.columns("ndcg_at_5")
    assert columns[0] == "ndcg_at_5" and columns.count("ndcg_at_5") == 1
    assert "coverage_at_5" in columns


def test_the_experiment_has_the_view_and_the_address_names_it(world: World) -> None:
    world.publish()
    tags = world.client.get_experiment(world.experiment_id).tags
    assert tags[f"mlflow.sharedViewState.{view.NAME}"] == view.state("recall_at_10")
    assert tags["mlflow.experimentKind"] == "custom_model_development"
    assert tags["mlflow.note.content"] == view.ABOUT
    assert view.address("http://h:5000", world.mlruns) == (
        f"http://h:5000/#/experiments/{world.experiment_id}/runs"
        "?workflowType=machine_learning&viewStateShareKey=shop"
    )


def test_without_a_store_the_address_is_the_servers(tmp_path: Path) -> None:
    assert view.address("http://h:5000", tmp_path) == "http://h:5000"
    assert not store.exists(tmp_path)
