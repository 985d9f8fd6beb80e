"""An evaluation is the same as long as its data and its baselines are, whatever the models."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from recsys.ranking.evaluation_file import Evaluation
from recsys.registry import evaluations
from tests.recsys.registry.cards import EVALUATION
from tests.recsys.registry.worlds import STATE, VALUES, World


def with_row(name: str, **row: float) -> Evaluation:
    return EVALUATION.model_copy(update={"models": {**EVALUATION.models, name: row}})


def test_baselines_hang_on_no_model() -> None:
    assert evaluations.baselines(EVALUATION) == ["popularity"]


def test_identity() -> None:
    first = evaluations.identity(EVALUATION, STATE)
    assert evaluations.identity(with_row("als", recall_at_10=0.9), STATE) == first
    for other in (
        evaluations.identity(with_row("popularity", recall_at_10=0.3), STATE),
        evaluations.identity(EVALUATION, replace(STATE, sha256="cd" * 32)),
    ):
        assert other != first


def parent(world: World) -> Any:
    (run,) = (each for each in world.runs() if each.data.tags["kind"] == "evaluation")
    return run


def test_the_run_follows_the_best_model(world: World) -> None:
    world.publish()
    first = parent(world)
    assert first.data.metrics == {
        "recall_at_10": 0.3,
        "recall_at_10_low": 0.29,
        "popularity_recall_at_10": 0.25,
    }
    assert first.data.tags["best"] == "als"
    assert "recall_at_10 0.3000" in first.data.tags["mlflow.note.content"]
    world.report({**VALUES, "bpr": 0.4}, best="bpr")
    world.publish()
    second = parent(world)
    assert second.info.run_id == first.info.run_id
    assert (second.data.metrics["recall_at_10"], second.data.tags["best"]) == (
        *(0.4, "bpr"),
    )
    assert second.info.status == "FINISHED"


def test_the_run_has_what_a_blend_would_give(world: World) -> None:
    world.report(VALUES, blend={"lead": 0.02, "share": 0.5})
    world.publish()
    metrics = parent(world).data.metrics
    assert (metrics["blend_fold_lead"], metrics["blend_fold_share"]) == (0.02, 0.5)


def test_the_page_is_an_artifact_of_the_run_once(world: World, tmp_path: Path) -> None:
    world.publish()
    run_id = parent(world).info.run_id
    page = tmp_path / "evaluation.html"
    evaluations.keep_page(world.client, run_id, page)  # there is none yet
    assert world.client.list_artifacts(run_id) == []
    for text in ("<p>first</p>", "<p>first</p>", "<p>second</p>"):
        page.write_text(text)
        evaluations.keep_page(world.client, run_id, page)
    (kept,) = world.client.list_artifacts(run_id)
    assert kept.path == "evaluation.html"
    (found,) = world.mlruns.rglob("evaluation.html")
    assert found.read_text() == "<p>second</p>"
