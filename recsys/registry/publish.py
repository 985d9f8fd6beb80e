"""Log an evaluation in MLflow and register its best model, once, however often it is called.

A model is one run and at most one version, found by the tag `model_id` (its content's hash). A
baseline is one run an evaluation. The best model becomes a version of `recommender`; if it beats
popularity, it goes to Staging. A call that was cut short is completed by the next one.

reads   metrics/evaluate.json, models/<type>/, dvc.lock (for lineage, if it is there)
writes  mlruns/
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recsys.files.atomic import sha256_of, sha256_of_json, write_text
from recsys.models import manifest
from recsys.models.manifest import MANIFEST
from recsys.program.errors import DataError
from recsys.ranking import evaluation_file
from recsys.ranking.evaluation_file import BASELINE, Evaluation
from recsys.registry import store, versions
from recsys.registry.lineage import LOCK_FILE, read_lineage
from recsys.registry.runs import Ranker, log_run

if TYPE_CHECKING:
    from mlflow import MlflowClient


@dataclass(frozen=True)
class Published:
    """What the registry has after an evaluation was published."""

    model_id: str
    version: int
    stage: str
    metric: str
    value: float
    popularity: float

    def sentence(self) -> str:
        """One line for people."""
        against = "beats" if self.value > self.popularity else "does not beat"
        return (
            f"registered {self.model_id} as version {self.version} (stage {self.stage}): "
            f"{self.metric} {self.value:.4f} {against} popularity's {self.popularity:.4f}"
        )


def evaluation_id(metrics: Path, folders: Mapping[str, Path]) -> str:
    """Hash over the evaluation and the manifests of the models it is of, 16 hex digits.

    `folders` maps a model's name to its folder. DataError if a file is missing.
    """
    manifests = {name: _hash_of(folder / MANIFEST) for name, folder in folders.items()}
    return sha256_of_json({"metrics": _hash_of(metrics), "manifests": manifests})[:16]


def _hash_of(path: Path) -> str:
    try:
        return sha256_of(path)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; run `dvc repro` to make it") from None


def marker(mlruns: Path, evaluation: str) -> Path:
    """A file that stands for the evaluation that was published last.

    To see it costs no import of MLflow.
    """
    return mlruns / "published" / f"{evaluation}.txt"


def is_published(metrics: Path, folders: Mapping[str, Path], mlruns: Path) -> bool:
    """Whether this evaluation was published last, into the store that is there now.

    The marker counts only beside a store: somebody may have moved the store away.
    """
    return (
        store.exists(mlruns)
        and marker(mlruns, evaluation_id(metrics, folders)).exists()
    )


def publish(metrics: Path, folders: Mapping[str, Path], mlruns: Path) -> Published:
    """Log every model and baseline of the evaluation, register the best model, and stage it if it
    deserves it.

    `folders` maps a model's name to its folder. DataError if a file is missing or torn, StoreError
    if MLflow's store cannot be reached.
    """
    evaluation = evaluation_file.read(metrics)
    model_ids = {
        name: manifest.read_checked(folder).model_id for name, folder in folders.items()
    }
    identity = evaluation_id(metrics, folders)
    lineage = read_lineage(LOCK_FILE)
    with store.locked(mlruns), store.reachable(mlruns):
        _remove_markers(mlruns)
        client = store.client(mlruns)
        run_ids = {}
        for name, row in evaluation.models.items():
            model_id = model_ids.get(name, f"{name}-{identity[:12]}")
            ranker = Ranker(name, model_id, row, folders.get(name))
            run_ids[name] = log_run(client, ranker, identity, lineage)
        best = evaluation.best
        published = _register(client, evaluation, model_ids[best], run_ids[best])
        write_text(marker(mlruns, identity), published.sentence() + "\n")
    return published


def _remove_markers(mlruns: Path) -> None:
    """An evaluation that comes back after another one is published anew, and staged."""
    for path in (mlruns / "published").glob("*.txt"):
        path.unlink()


def _register(
    client: "MlflowClient", evaluation: Evaluation, model_id: str, run_id: str
) -> Published:
    """The version of the best model, made if it is new; staged if it beats popularity."""
    metric, best = evaluation.primary, evaluation.best
    value, popularity = evaluation.primary_of(best), evaluation.primary_of(BASELINE)
    _ensure_registered_model(client)
    if versions.find(client, model_id) is None:
        run = client.get_run(run_id)
        client.create_model_version(
            versions.MODEL,
            source=f"{run.info.artifact_uri}/model",
            run_id=run_id,
            tags={"model_id": model_id, "model_type": best},
            description=f"{model_id}: {metric} {value:.4f}, popularity {popularity:.4f}",
        )
    version = versions.find(client, model_id)
    assert version is not None  # noqa: S101 - it is there or was made just now, under the lock
    if value > popularity and versions.stage(client, version.number):
        version = versions.find(client, model_id) or version
    return Published(model_id, version.number, version.stage, metric, value, popularity)


def _ensure_registered_model(client: "MlflowClient") -> None:
    if not client.search_registered_models(f"name='{versions.MODEL}'"):
        client.create_registered_model(
            versions.MODEL, description="Recommends products to the shop's customers."
        )
