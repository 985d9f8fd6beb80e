"""The MLflow run of an evaluation: models that were made of the same data, and the baselines, stand
below it.

writes  mlruns/ (by MLflow): one run a state of the data, as it was measured

An evaluation is named by its data and by what the baselines reach on it, so the same data with
other models is the same evaluation, and its baselines are not logged again.
"""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from recsys.files.atomic import sha256_of, sha256_of_json
from recsys.ranking.evaluation_file import Evaluation
from recsys.ranking.model_names import BASELINE, BLEND, MODELS
from recsys.registry import store, view
from recsys.registry.data_state import DataState

if TYPE_CHECKING:
    from mlflow import MlflowClient

KIND = "evaluation"
PAGE = "page_sha256"  # the tag: which page stands among the artifacts


def baselines(evaluation: Evaluation) -> list[str]:
    """Those whose metrics hang on the data alone, not on a model."""
    return [name for name in evaluation.models if name.partition("_")[0] not in MODELS]


def identity(evaluation: Evaluation, state: DataState) -> str:
    """Hash over the data and what the baselines reach on it, 12 hex digits."""
    rows = {name: evaluation.models[name] for name in baselines(evaluation)}
    measured = {"data": state.sha256, "users": evaluation.test_users, "rows": rows}
    return sha256_of_json(measured)[:12]


def run(client: "MlflowClient", evaluation: Evaluation, state: DataState) -> str:
    """The id of the evaluation's run, made if it is missing."""
    experiment_id, name = store.experiment_id(client), identity(evaluation, state)
    by_name = f"tags.model_id = '{KIND}-{name}'"
    known = client.search_runs([experiment_id], by_name, max_results=1)
    if known:
        return str(known[0].info.run_id)
    made = client.create_run(
        experiment_id,
        run_name=f"evaluation {state.newest_day}".strip(),
        tags={
            "model_id": f"{KIND}-{name}",
            "model_type": KIND,
            "kind": KIND,
            "mlflow.source.name": "stages/evaluate.py",
            "mlflow.source.type": "LOCAL",
        },
    )
    return str(made.info.run_id)


def close(
    client: "MlflowClient", run_id: str, evaluation: Evaluation, note: str
) -> None:
    """Let the run say how the best model stands, and what a blend would give on the validation
    fold; nothing if it says so already.
    """
    from mlflow.entities import Metric, RunTag

    found = client.get_run(run_id)
    row = evaluation.models[evaluation.best]
    wanted = {key: row[key] for key in view.columns(evaluation.primary) if key in row}
    wanted[f"{BASELINE}_{evaluation.primary}"] = evaluation.primary_of(BASELINE)
    wanted |= {f"{BLEND}_fold_{key}": value for key, value in evaluation.blend.items()}
    said = {key: found.data.metrics.get(key) for key in wanted}
    tags = {"best": evaluation.best, "mlflow.note.content": note}
    known = {key: found.data.tags.get(key) for key in tags}
    if (said, known, found.info.status) == (wanted, tags, "FINISHED"):
        return
    now_ms = time.time_ns() // 1_000_000
    points = [Metric(key, value, now_ms, 0) for key, value in wanted.items()]
    client.log_batch(run_id, points, [], [RunTag(*each) for each in tags.items()])
    client.set_terminated(run_id, "FINISHED")


def keep_page(client: "MlflowClient", run_id: str, page: Path) -> None:
    """Let the run have the page of the evaluation as an artifact, which the UI shows; nothing if
    there is no page, or if it has this one.
    """
    if not page.is_file():
        return
    digest = sha256_of(page)
    if client.get_run(run_id).data.tags.get(PAGE) != digest:
        client.log_artifact(run_id, str(page))
        client.set_tag(run_id, PAGE, digest)
