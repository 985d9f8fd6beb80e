"""A model as MLflow's Models tab shows it and its `load_model` loads it: made once, whole or
PENDING.

reads   mlruns/                                 (by MLflow)
writes  mlruns/artifacts/models/m-.../          the folder that the caller's `write` makes
        mlruns/mlflow.db                        (by MLflow)

It is found by its tag `model_id`. The folder is written beside its place and renamed, and the model
becomes READY after that: what a kill has cut short is made anew by the next call.
"""

import json
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from recsys.files.atomic import write_text
from recsys.registry import store
from recsys.registry.data_state import DataState
from recsys.shared_store import address

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel

COPY = ".copy"  # a file beside what stands in a shared store too

# makes the folder of a model: where, and what MLflow calls the model
Write = Callable[[Path, str], None]


def ensure(
    client: "MlflowClient", mlruns: Path, model_id: str, run_id: str, write: Write
) -> "LoggedModel":
    """The logged model of this model, READY; made if it is missing or half-made.

    In a shared store READY says that all files are there: they are sent before it is set.
    """
    found = find(client, model_id) or _create(client, model_id, run_id)
    folder, is_shared = folder_of(mlruns, found.model_id), address.shared() is not None
    if str(found.status) == "READY" and (is_shared or (folder / "MLmodel").exists()):
        return found
    temp = mlruns / "artifacts" / f".{found.model_id}.part"
    for left in (temp, folder):
        shutil.rmtree(left, ignore_errors=True)
    temp.parent.mkdir(parents=True, exist_ok=True)
    write(temp, found.model_id)
    folder.parent.mkdir(parents=True, exist_ok=True)
    temp.replace(folder)
    if is_shared:
        write_text(folder.parent / COPY, model_id + "\n")
        client.log_model_artifacts(found.model_id, str(folder))
    return client.finalize_logged_model(found.model_id, "READY")


def find(client: "MlflowClient", model_id: str) -> "LoggedModel | None":
    """The logged model of this model, or None."""
    by_model_id = f"tags.model_id = '{model_id}'"
    known = client.search_logged_models([store.experiment_id(client)], by_model_id)
    return known[0] if known else None


def folder_of(mlruns: Path, logged_model: str) -> Path:
    """Where MLflow keeps the files of a logged model."""
    return mlruns / "artifacts/models" / logged_model / "artifacts"


def _create(client: "MlflowClient", model_id: str, run_id: str) -> "LoggedModel":
    return client.create_logged_model(
        store.experiment_id(client),
        name=model_id,
        source_run_id=run_id,
        tags={"model_id": model_id},
        model_type=model_id.rpartition("-")[0],
    )


def measure(
    client: "MlflowClient",
    model: "LoggedModel",
    row: Mapping[str, float],
    state: DataState,
    params: Mapping[str, str],
) -> None:
    """Let the model have its run, its params, and its metrics on this data; once."""
    from mlflow.entities import LoggedModelOutput, Metric

    run_id = str(model.source_run_id)
    known = {(each.key, each.value) for each in model.metrics or ()}
    if not set(row.items()) <= known:
        now_ms = time.time_ns() // 1_000_000
        points = [
            Metric(key, value, now_ms, 0, model.model_id, state.name, state.digest)
            for key, value in row.items()
        ]
        client.log_batch(run_id, points)
    outputs = client.get_run(run_id).outputs
    linked = {each.model_id for each in outputs.model_outputs} if outputs else set()
    if model.model_id not in linked:
        client.log_outputs(run_id, [LoggedModelOutput(model.model_id, 0)])
    if not model.params:
        client.log_model_params(model.model_id, dict(params))


def name_version(
    client: "MlflowClient", model: "LoggedModel", name: str, number: int
) -> None:
    """Let the model name its version of the registry, as MLflow itself notes it."""
    from mlflow.utils.mlflow_tags import MLFLOW_MODEL_VERSIONS

    value = json.dumps([{"name": name, "version": number}])
    if model.tags.get(MLFLOW_MODEL_VERSIONS) != value:
        client.set_logged_model_tags(model.model_id, {MLFLOW_MODEL_VERSIONS: value})
