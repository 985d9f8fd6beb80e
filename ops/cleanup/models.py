"""Versions of the registry beyond those to keep, and the runs and files that nothing leads to then.

reads   mlruns/mlflow.db
writes  mlruns/mlflow.db, mlruns/artifacts/, by removing

The order leaves nothing dangling, wherever it is cut: a run is tagged `due` first; its version
goes, then the files of the run and of the models logged in it, then these models, and the run with
its tag last. A next call finds what is due and goes on. A run that another version stands on is no
longer due.

A model that was evaluated and never registered (the one that was not the better) is a run without a
version: of these too the newest of each type stay. An evaluation goes with its last model, and so
do its baselines.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from ops.cleanup.broom import Broom
from recsys.registry import store
from recsys.registry import versions as registry
from recsys.registry.evaluations import KIND as EVALUATION
from recsys.registry.runs import PARENT

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

DUE = "cleanup"  # tag of a run that goes: `due`
KIND = "models"
PAGE = 1000


# ---- plans: nothing is changed ----
def extra_versions(
    versions: Sequence[registry.Version], keep: int, needed: set[str]
) -> list[registry.Version]:
    """All but the newest `keep` versions of each model type, oldest first.

    Staged versions and those of `needed` models stay, and so does one without a model type: it was
    registered by hand.
    """
    counts: Counter[str] = Counter()
    extra = []
    for version in sorted(versions, key=lambda version: -version.number):
        counts[version.model_type] += 1
        staged = version.stage in ("Staging", "Production")
        stays = staged or version.model_id in needed or not version.model_type
        if counts[version.model_type] > keep and not stays:
            extra.append(version)
    return extra[::-1]


def extra_runs(
    runs: Sequence["Run"], keep: int, needed: set[str], standing: set[str]
) -> list["Run"]:
    """Runs of models beyond the newest `keep` of each type; of those that a version stands on, or
    whose model is needed, none.
    """
    counts: Counter[str] = Counter()
    extra = []
    models = [run for run in runs if run.data.tags.get("kind") == "model"]
    for run in sorted(models, key=lambda run: -run.info.start_time):
        tags = run.data.tags
        counts[tags.get("model_type", "")] += 1
        stays = run.info.run_id in standing or tags.get("model_id") in needed
        if counts[tags.get("model_type", "")] > keep and not stays:
            extra.append(run)
    return extra


def extra_evaluations(runs: Sequence["Run"], gone: set[str]) -> list["Run"]:
    """Evaluations whose models are all `gone` (run ids), each after its baselines."""
    left = [run for run in runs if run.info.run_id not in gone]
    with_models = {
        run.data.tags.get(PARENT)
        for run in left
        if run.data.tags.get("kind") == "model"
    }
    without = {
        run.info.run_id
        for run in left
        if run.data.tags.get("kind") == EVALUATION
        and run.info.run_id not in with_models
    }
    children = [run for run in left if run.data.tags.get(PARENT) in without]
    return [*children, *(run for run in left if run.info.run_id in without)]


# ---- effects ----
def clean(
    client: "MlflowClient", mlruns: Path, keep: int, needed: set[str], broom: Broom
) -> None:
    """Remove versions beyond those to keep, then all runs that nothing leads to any more."""
    versions = registry.versions(client)
    runs = {run.info.run_id: run for run in _all_runs(client)}
    extra = extra_versions(versions, keep, needed)
    for version in extra:
        if not broom.dry_run:
            _remove_version(client, version, runs)
        told = f"{version.model_id} (version {version.number}, {version.stage})"
        broom.note(KIND, told)
    standing = {version.run_id for version in versions if version not in extra}
    due = _due(runs, {version.run_id for version in extra}, standing)
    active = [run for run in runs.values() if _is_active(run)]
    due |= {run.info.run_id: run for run in extra_runs(active, keep, needed, standing)}
    for run in extra_evaluations(active, set(due)):
        if run.info.run_id not in standing:
            due[run.info.run_id] = run
    for run in due.values():
        _remove_run(client, mlruns, run, broom)
    if not broom.dry_run:
        _undo(client, standing)
        _remove_deleted_models(client, set(due))


def _all_runs(client: "MlflowClient") -> list["Run"]:
    """All runs of our experiment, deleted ones too."""
    from mlflow.entities import ViewType

    experiment = client.get_experiment_by_name(store.EXPERIMENT)
    found: list[Run] = []
    token = None
    while experiment is not None:
        page = client.search_runs(
            [experiment.experiment_id], "", ViewType.ALL, PAGE, page_token=token
        )
        found.extend(page)
        token = page.token
        if not token:
            break
    return found


def _is_active(run: "Run") -> bool:
    return str(run.info.lifecycle_stage) == "active"


def _due(
    runs: dict[str, "Run"], of_versions: set[str], standing: set[str]
) -> dict[str, "Run"]:
    """Runs whose version goes, or went in a call that was cut short."""
    return {
        run_id: run
        for run_id, run in runs.items()
        if run_id not in standing
        and (run_id in of_versions or run.data.tags.get(DUE) == "due")
    }


def _remove_version(
    client: "MlflowClient", version: registry.Version, runs: dict[str, "Run"]
) -> None:
    run = runs.get(version.run_id)
    if run is not None and _is_active(run):  # one deleted by hand takes no tag
        client.set_tag(version.run_id, DUE, "due")
    client.delete_model_version(registry.MODEL, str(version.number))


def _undo(client: "MlflowClient", standing: set[str]) -> None:
    """Let runs that another version stands on be due no longer."""
    for run in _all_runs(client):
        is_due = run.info.run_id in standing and DUE in run.data.tags
        if is_due and _is_active(run):
            client.delete_tag(run.info.run_id, DUE)


def _remove_run(client: "MlflowClient", mlruns: Path, run: "Run", broom: Broom) -> None:
    """Remove the files of a run and of the models logged in it, the models, and the run."""
    tags, run_id = run.data.tags, str(run.info.run_id)
    if not broom.dry_run and _is_active(run) and DUE not in tags:
        client.set_tag(run_id, DUE, "due")
    logged = client.search_logged_models(
        [run.info.experiment_id], f"source_run_id = '{run_id}'"
    )
    folders = [
        folder_of(model.artifact_location, model.model_id, mlruns) for model in logged
    ]
    folders.append(folder_of(run.info.artifact_uri or "", run_id, mlruns))
    broom.sweep(KIND, [folder for folder in folders if folder is not None])
    if tags.get("kind") == EVALUATION:
        broom.note(KIND, f"{run.info.run_name or 'an evaluation'} (a run of MLflow)")
    if broom.dry_run:
        return
    tracking = client._tracking_client.store
    for model in logged:
        client.delete_logged_model(model.model_id)
        tracking._hard_delete_logged_model(model.model_id)
    if _is_active(run):
        client.delete_run(run_id)
    tracking._hard_delete_run(run_id)  # as `mlflow gc` does, for this run alone


def _remove_deleted_models(client: "MlflowClient", gone: set[str]) -> None:
    """Remove rows of logged models that are marked deleted, and whose run is gone: a kill came in
    between.
    """
    tracking = client._tracking_client.store
    left = {run.info.run_id for run in _all_runs(client)} - gone
    for model_id in tracking._get_deleted_logged_models():
        model = tracking.get_logged_model(model_id, allow_deleted=True)
        if model.source_run_id not in left:
            tracking._hard_delete_logged_model(model_id)


def folder_of(uri: str, owner: str, mlruns: Path) -> Path | None:
    """The folder named `owner` that holds the artifacts at `uri`.

    None unless it lies in mlruns/artifacts.
    """
    name = url2pathname(urlsplit(uri).path) if uri.startswith("file:") else uri
    place, root = Path(name).resolve(), (mlruns / "artifacts").resolve()
    for folder in (place, *place.parents):
        if folder.name == owner:
            return folder if root in folder.parents else None
    return None
