"""Log an evaluation in MLflow and register its best model: the same runs and version however often
it is called.

A model is one run and at most one version, found by the tag `model_id` (its content's hash). A
baseline is one run an evaluation. The best model becomes a version of `recommender`; if it beats
popularity, it goes to Staging. A call that was cut short is completed by the next one.

reads   metrics/evaluate.json, models/<type>/, dvc.lock (for lineage, if it is there)
writes  mlruns/
"""

import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from recsys.files.atomic import read_json, sha256_of, sha256_of_json, write_text
from recsys.models import model_folder
from recsys.program.errors import DataError
from recsys.registry import store, versions

if TYPE_CHECKING:
    from mlflow import MlflowClient

LOCK_FILE = Path("dvc.lock")


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
            f"registered {self.model_id} as version {self.version} (stage {self.stage}): {self.metric} "
            f"{self.value:.4f} {against} popularity's {self.popularity:.4f}"
        )


def evaluation_id(metrics: Path, folders: dict[str, Path]) -> str:
    """Hash over the evaluation and the models it is of, 16 hex digits."""
    manifests = {name: sha256_of(folder / "manifest.json") for name, folder in folders.items()}
    return sha256_of_json({"metrics": sha256_of(metrics), "manifests": manifests})[:16]


def marker(mlruns: Path, evaluation: str) -> Path:
    """A file that stands for an evaluation that is published: so that to see it costs no import of
    MLflow.
    """
    return mlruns / "published" / f"{evaluation}.txt"


def publish(metrics: Path, folders: dict[str, Path], mlruns: Path) -> Published:
    """Log every model and baseline of the evaluation, register the best model, and stage it if it
    deserves it.

    `folders` maps a model's name to its folder. DataError if a file is missing or torn, StoreError
    if MLflow's store cannot be reached.
    """
    report = read_json(metrics)
    ids = {
        name: model_folder.model_id(model_folder.load_manifest(folder))
        for name, folder in folders.items()
    }
    evaluation = evaluation_id(metrics, folders)
    lineage = read_lineage(LOCK_FILE)
    with store.locked(mlruns), store.reachable(mlruns):
        client = store.client(mlruns)
        runs = {}
        for name, row in report["models"].items():
            model = ids.get(name, f"{name}-{evaluation[:12]}")
            runs[name] = _log(client, name, model, row, evaluation, folders.get(name), lineage)
        published = _register(client, report, ids, runs)
    write_text(marker(mlruns, evaluation), published.sentence() + "\n")
    return published


def _log(
    client: "MlflowClient",
    name: str,
    model: str,
    row: dict[str, float],
    evaluation: str,
    folder: Path | None,
    lineage: dict[str, str],
) -> str:
    """The id of the run of this model; what the run lacks is logged first."""
    experiment = client.get_experiment_by_name(store.EXPERIMENT)
    if experiment is None:
        raise DataError(
            f"mlruns: experiment {store.EXPERIMENT!r} was deleted; restore it in the MLflow UI"
        )
    found = client.search_runs(
        [experiment.experiment_id], f"tags.model_id = '{model}'", max_results=1
    )
    if (
        found
        and found[0].info.status == "FINISHED"
        and found[0].data.tags.get("evaluation") == evaluation
    ):
        return str(found[0].info.run_id)
    run = (
        found[0]
        if found
        else client.create_run(
            experiment.experiment_id,
            run_name=model if folder else name,
            tags={
                "model_id": model,
                "model_type": name,
                "kind": "model" if folder else "baseline",
                "mlflow.source.name": "stages/evaluate.py",
                "mlflow.source.type": "LOCAL",
            },
        )
    )
    run_id = str(run.info.run_id)
    from mlflow.entities import Metric, RunTag

    now = time.time_ns() // 1_000_000
    metrics = [Metric(key, value, now, 0) for key, value in row.items()]
    client.log_batch(
        run_id, metrics, [], [RunTag(key, value[:5000]) for key, value in lineage.items()]
    )
    if folder:
        _log_model(client, run_id, folder, now)
    client.set_tag(run_id, "evaluation", evaluation)
    client.set_terminated(run_id, "FINISHED")
    return run_id


def _log_model(client: "MlflowClient", run_id: str, folder: Path, now: int) -> None:
    """Params, the training curve and the model's files."""
    from mlflow.entities import Metric, Param

    manifest = model_folder.load_manifest(folder)
    points = [
        Metric(f"train_{key}" if not key.startswith("train_") else key, value, now, int(step))
        for point in read_json(folder / "curve.json")
        for step in [point.get("iteration", point.get("epoch", 0))]
        for key, value in point.items()
        if key not in ("iteration", "epoch")
    ]
    client.log_batch(
        run_id, [], [Param(key, str(value)) for key, value in manifest["params"].items()], []
    )
    for start in range(0, len(points), 1000):
        client.log_batch(run_id, points[start : start + 1000])
    with tempfile.TemporaryDirectory() as scratch:
        model = Path(scratch) / "model"
        model.mkdir()
        for name in model_folder.FILES:
            shutil.copyfile(folder / name, model / name)
        client.log_artifacts(run_id, str(model), "model")
    if LOCK_FILE.exists():
        client.log_artifact(run_id, str(LOCK_FILE), "lineage")


def _register(
    client: "MlflowClient", report: dict[str, Any], ids: dict[str, str], runs: dict[str, str]
) -> Published:
    """The version of the best model, made if it is new; staged if it beats popularity."""
    best, metric = report["best"], report["primary"]
    value, popularity = (float(report["models"][name][metric]) for name in (best, "popularity"))
    _ensure_registered_model(client)
    version = versions.find(client, ids[best])
    if version is None:
        run = client.get_run(runs[best])
        client.create_model_version(
            versions.MODEL,
            source=f"{run.info.artifact_uri}/model",
            run_id=runs[best],
            tags={"model_id": ids[best], "model_type": best},
            description=f"{ids[best]}: {metric} {value:.4f}, popularity {popularity:.4f}",
        )
        version = versions.find(client, ids[best])
        assert version is not None  # noqa: S101 - it was made just now, under the lock
    if value > popularity:
        versions.stage(client, version.number)
    now = versions.find(client, ids[best]) or version
    return Published(ids[best], now.number, now.stage, metric, value, popularity)


def _ensure_registered_model(client: "MlflowClient") -> None:
    if not client.search_registered_models(f"name='{versions.MODEL}'"):
        client.create_registered_model(
            versions.MODEL, description="Recommends products to the shop's customers."
        )


def read_lineage(lock_file: Path) -> dict[str, str]:
    """Tags that say what a run was made of: hashes of dvc.lock by path, and the git commit."""
    tags = _git_tags(lock_file.resolve().parent)
    if lock_file.exists():
        tags["dvc_lock_sha256"] = sha256_of(lock_file)
        try:
            stages = (
                YAML(typ="safe", pure=True)
                .load(lock_file.read_text(encoding="utf-8") or "stages: {}")["stages"]
                .values()
            )
            entries = [
                entry
                for stage in stages
                for entry in (*stage.get("deps", ()), *stage.get("outs", ()))
            ]
            tags |= {
                f"dvc.{entry['path']}": entry["md5"]
                for entry in entries
                if entry["path"].startswith("data/") and "md5" in entry
            }
        except (YAMLError, UnicodeDecodeError, TypeError, KeyError, AttributeError):
            raise DataError(
                f"{lock_file}: not what DVC writes; restore it with `git checkout {lock_file.name}`"
            ) from None
    return tags


def _git_tags(folder: Path) -> dict[str, str]:
    """Commit of the code, and whether files differ from it; empty where there is no git."""

    def git(*arguments: str) -> str | None:
        try:
            done = subprocess.run(
                ["git", "-C", str(folder), *arguments],
                capture_output=True,
                text=True,
                timeout=30,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    commit = git("rev-parse", "HEAD")
    if commit is None:
        return {}
    return {
        "mlflow.source.git.commit": commit,
        "git_dirty": str(bool(git("status", "--porcelain"))).lower(),
    }
