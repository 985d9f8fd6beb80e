"""The MLflow run of a model or baseline: found by its tag `model_id`, and logged once. It stands
below the run of its evaluation (recsys/registry/evaluations.py).

reads   models/<type>/      params of the manifest, curve, and the files themselves
writes  mlruns/             (by MLflow)

A run that a kill has left half-logged is completed. The tag `evaluation` is set when all of its
metrics are there: a run that has it, and is finished, is left as it is. A baseline is named by its
data and metrics, so one that is finished is whole whatever the evaluation.
"""

import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recsys.files.atomic import read_json, write_json
from recsys.models import manifest
from recsys.models.manifest import CURVE, FILES, LEARNED, Manifest
from recsys.ranking.model_names import MODELS
from recsys.registry import store
from recsys.registry.data_state import EVENTS, DataState
from recsys.registry.lineage import FOLDER, LOCK_FILE, TAGS_FILE, machine

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput, Metric, Run

POINTS_A_CALL = 1000  # of a curve: MLflow takes no more at once
LONGEST_TAG = 5000  # characters: MLflow takes no more
PARENT = "mlflow.parentRunId"
NOTE = "mlflow.note.content"
STEPS = ("iteration", "epoch")  # of a curve


@dataclass(frozen=True)
class Ranker:
    """A model or baseline of an evaluation, as it is logged."""

    name: str  # als, popularity ...
    model_id: str
    metrics: dict[str, float]
    folder: Path | None  # of the model's files; None of a baseline
    note: str  # what it is, in words

    @property
    def kind(self) -> str:
        """Of a run."""
        if self.folder:
            return "model"
        is_half = self.name.partition("_")[0] in MODELS  # als_factors, bpr_factors
        return "factors" if is_half else "baseline"


@dataclass(frozen=True)
class Occasion:
    """What the runs of one evaluation share."""

    evaluation_id: str
    parent: str  # run id
    state: DataState
    lineage: dict[str, str]  # tags
    first: Sequence[str] = ()  # the metrics that matter: MLflow keeps the order


def log_run(client: "MlflowClient", ranker: Ranker, occasion: Occasion) -> str:
    """The id of the run; what it lacks is logged first.

    StoreError if the experiment was deleted.
    """
    from mlflow.entities import RunTag

    run = _find_or_create(client, ranker, occasion)
    run_id = str(run.info.run_id)
    if run.data.tags.get(PARENT) != occasion.parent:  # it was measured on other data
        client.set_tag(run_id, PARENT, occasion.parent)
    if _is_whole(run, ranker, occasion):
        return run_id
    now_ms = time.time_ns() // 1_000_000
    tags = occasion.lineage | {NOTE: ranker.note}
    logged = [RunTag(key, value[:LONGEST_TAG]) for key, value in tags.items()]
    first = {
        key: ranker.metrics[key] for key in occasion.first if key in ranker.metrics
    }
    client.log_batch(run_id, _points(first | ranker.metrics, 0, now_ms), [], logged)
    client.log_inputs(run_id, [dataset(occasion.state)])
    if ranker.folder:
        _log_model(client, run_id, ranker.folder, now_ms, occasion.lineage)
    client.set_tag(run_id, "evaluation", occasion.evaluation_id)
    client.set_terminated(run_id, "FINISHED")
    return run_id


def _is_whole(run: "Run", ranker: Ranker, occasion: Occasion) -> bool:
    is_of_this = run.data.tags.get("evaluation") == occasion.evaluation_id
    return run.info.status == "FINISHED" and (is_of_this or ranker.folder is None)


def _find_or_create(
    client: "MlflowClient", ranker: Ranker, occasion: Occasion
) -> "Run":
    experiment_id = store.experiment_id(client)
    by_model_id = f"tags.model_id = '{ranker.model_id}'"
    known = client.search_runs([experiment_id], by_model_id, max_results=1)
    if known:
        return known[0]
    return client.create_run(
        experiment_id,
        run_name=ranker.model_id if ranker.folder else ranker.name,
        tags={
            "model_id": ranker.model_id,
            "model_type": ranker.name,
            "kind": ranker.kind,
            PARENT: occasion.parent,
            "mlflow.source.name": "stages/evaluate.py",
            "mlflow.source.type": "LOCAL",
        },
    )


def dataset(state: DataState) -> "DatasetInput":
    """The data as an input of a run."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    source = json.dumps({"uri": f"data/processed/{EVENTS}"})
    profile = json.dumps(state.stats.model_dump())
    found = Dataset(state.name, state.digest, "local", source, profile=profile)
    return DatasetInput(found, [InputTag("mlflow.data.context", "training")])


def _log_model(
    client: "MlflowClient",
    run_id: str,
    folder: Path,
    now_ms: int,
    lineage: dict[str, str],
) -> None:
    """Params, the training curve, the model's files, and what it was made of."""
    from mlflow.entities import Param

    settings = settings_of(manifest.read(folder))  # checked when it got its id
    params = [Param(key, str(value)) for key, value in settings.items()]
    client.log_batch(run_id, [], params, [])
    points = _curve(read_json(folder / CURVE), now_ms)
    for start in range(0, len(points), POINTS_A_CALL):
        client.log_batch(run_id, points[start : start + POINTS_A_CALL])
    with tempfile.TemporaryDirectory() as scratch:
        copies = Path(scratch)
        for name in FILES:
            _copy(folder / name, copies / "model" / name)
        if (folder / LEARNED).exists():
            _copy(folder / LEARNED, copies / "model" / LEARNED)
        if LOCK_FILE.exists():
            _copy(LOCK_FILE, copies / FOLDER / LOCK_FILE.name)
        write_json(copies / FOLDER / TAGS_FILE, lineage | machine())
        client.log_artifacts(run_id, scratch)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(exist_ok=True)
    shutil.copyfile(source, target)


def settings_of(model: Manifest) -> dict[str, Any]:
    """The section of params.yaml that a model was trained with; and beside it, where training has
    fitted them to the shop, what it took: fitted.<key>, served.<part of the hybrid> and
    served.new_item_places.
    """
    search, served = model.notes.search, model.notes.served or {}
    settings = dict(model.params)
    if search:
        settings["fitted.setting"] = search.taken
        settings |= {f"fitted.{key}": value for key, value in search.changes.items()}
    if model.notes.new_items:
        settings["served.new_item_places"] = model.notes.new_items.places
    return settings | {f"served.{part}": weight for part, weight in served.items()}


def _curve(curve: list[dict[str, float]], now_ms: int) -> list["Metric"]:
    """train_<name> of each value of a training curve, at its iteration or epoch."""
    points: list[Metric] = []
    for point in curve:
        step = next((point[name] for name in STEPS if name in point), 0)
        values = {
            _train_name(key): value for key, value in point.items() if key not in STEPS
        }
        points += _points(values, int(step), now_ms)
    return points


def _train_name(key: str) -> str:
    return f"train_{key.removeprefix('train_')}"


def _points(values: dict[str, Any], step: int, now_ms: int) -> list["Metric"]:
    from mlflow.entities import Metric

    return [Metric(key, value, now_ms, step) for key, value in values.items()]
