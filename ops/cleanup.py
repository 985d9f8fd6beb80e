"""Remove what nobody needs any more: old logs, checkpoints, releases, versions with their files.

reads   params.yaml (cleanup), state/logs/, models/<type>/checkpoints/, mlruns/, releases/,
        state/runner.db (deployments)
writes  the same but the database, by removing; with --dry-run no byte anywhere

A version stays if it is among the newest of its type, champion, challenger, in Staging or
Production, or if the deployment log leads to it: in production, a rollback target, or part of a
deployment that was interrupted. So does a release, and the one that releases/current names.
"""

import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit
from urllib.request import url2pathname

import typer
from pydantic import PositiveFloat, PositiveInt

from ops.deploy import deployment_log, old_releases, production
from ops.terminal import size_in_words
from recsys.program import params as parameters
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.registry import store
from recsys.registry import versions as registry

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

DUE = "cleanup"  # tag of a run whose version goes: `due`, so that a kill is made up for


class Params(parameters.Section):
    """Section `cleanup` of params.yaml."""

    log_days: PositiveFloat
    keep_checkpoints: PositiveInt  # a model type
    keep_models: PositiveInt  # a model type
    keep_releases: PositiveInt


@dataclass(frozen=True)
class Tally:
    """What was removed, or would be."""

    things: int
    size: int  # bytes

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.things + other.things, self.size + other.size)


# ---- plans: nothing is changed ----
def old_logs(folder: Path, now: datetime, days: float) -> list[Path]:
    """Files under `folder` that were last written more than `days` days before `now`."""
    limit = (now - timedelta(days=days)).timestamp()
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and path.stat().st_mtime < limit
    )


def extra_checkpoints(models: Path, keep: int) -> list[Path]:
    """All but the newest `keep` entries of each `models/<type>/checkpoints`."""
    extra: list[Path] = []
    for folder in sorted(models.glob("*/checkpoints")):
        entries = [path for path in folder.iterdir() if not path.name.startswith(".")]
        entries.sort(key=lambda path: (path.lstat().st_mtime_ns, path.name))
        extra.extend(entries[:-keep])
    return extra


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


def needed_models(
    rows: Sequence[deployment_log.Row], aliased: Iterable[registry.Version | None]
) -> set[str]:
    """Model ids that an alias names or that the deployment log leads to."""
    needed = {version.model_id for version in aliased if version is not None}
    needed |= {deployment.model_id for deployment in production.stack(rows)}
    left = production.interrupted(rows)
    if left is not None:
        needed |= {left.model_id, left.former_model_id or left.model_id}
    return needed


def _needed(client: "MlflowClient", rows: Sequence[deployment_log.Row]) -> set[str]:
    return needed_models(rows, (registry.champion(client), registry.challenger(client)))


# ---- effects ----
def clean_files(paths: Sequence[Path], dry_run: bool) -> Tally:
    """Remove files and folders, saying each."""
    tally = Tally(0, 0)
    for path in paths:
        size = size_of(path)
        if not dry_run:
            _remove(path)
        _say(dry_run, f"{path} ({size_in_words(size)})")
        tally += Tally(1, size)
    return tally


def clean_registry(
    client: "MlflowClient",
    mlruns: Path,
    rows: Sequence[deployment_log.Row],
    keep: int,
    dry_run: bool,
) -> Tally:
    """Remove versions beyond those to keep, then the run and the files of each.

    It makes up for a kill in between. The run is tagged `due` before its version goes, and found by
    that tag; it is left alone if another version (or the same model, registered again) stands on
    it.
    """
    versions = registry.versions(client)
    extra = extra_versions(versions, keep, _needed(client, rows))
    runs = _runs_of(client, extra)
    for version in extra:
        if not dry_run:
            _remove_version(client, version, runs)
        _say(dry_run, f"{version.model_id} (version {version.number}, {version.stage})")
    runs |= _due_runs(client)
    kept_runs = {version.run_id for version in versions if version not in extra}
    tally = Tally(len(extra), 0)
    for run_id, run in runs.items():
        if run_id not in kept_runs:
            tally += _clean_run(client, mlruns, run, dry_run)
        elif DUE in run.data.tags and not dry_run:
            client.delete_tag(run_id, DUE)
    return tally


def _remove_version(
    client: "MlflowClient", version: registry.Version, runs: dict[str, "Run"]
) -> None:
    run = runs.get(version.run_id)
    if (
        run is not None and run.info.lifecycle_stage == "active"
    ):  # one deleted by hand takes no tag
        client.set_tag(version.run_id, DUE, "due")
    client.delete_model_version(registry.MODEL, str(version.number))


def _due_runs(client: "MlflowClient") -> dict[str, "Run"]:
    """Runs whose files and mark are still to go: active ones, because the mark comes last."""
    experiment = client.get_experiment_by_name(store.EXPERIMENT)
    if experiment is None:
        return {}
    due = client.search_runs(
        [experiment.experiment_id], f"tags.{DUE} = 'due'", max_results=10_000
    )
    return {run.info.run_id: run for run in due}


def _runs_of(
    client: "MlflowClient", versions: Sequence[registry.Version]
) -> dict[str, "Run"]:
    from mlflow.exceptions import MlflowException

    runs = {}
    for run_id in sorted({version.run_id for version in versions} - {""}):
        try:
            runs[run_id] = client.get_run(run_id)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
    return runs


def _clean_run(
    client: "MlflowClient", mlruns: Path, run: "Run", dry_run: bool
) -> Tally:
    """Remove the files of a run and of the models logged in it, and mark the run deleted."""
    logged = client.search_logged_models(
        [run.info.experiment_id], f"source_run_id = '{run.info.run_id}'"
    )
    folders = [
        folder_of(model.artifact_location, model.model_id, mlruns) for model in logged
    ]
    folders.append(folder_of(run.info.artifact_uri or "", run.info.run_id, mlruns))
    present = [folder for folder in folders if folder is not None and folder.exists()]
    tally = clean_files(present, dry_run)
    if not dry_run:
        for model in logged:
            client.delete_logged_model(model.model_id)
        if run.info.lifecycle_stage == "active":
            client.delete_run(run.info.run_id)
    return tally


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


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files in a folder; a link counts as itself."""
    if path.is_dir() and not path.is_symlink():
        inside = [
            entry
            for entry in path.rglob("*")
            if entry.is_symlink() or not entry.is_dir()
        ]
        return sum(entry.lstat().st_size for entry in inside)
    return path.lstat().st_size


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _say(dry_run: bool, what: str) -> None:
    print(f"{'would remove' if dry_run else 'removed'} {what}")


def clean(
    root: Path, mlruns: Path, state: Path, params: Params, now: datetime, dry_run: bool
) -> Tally:
    """Remove all that is due. StoreError, and nothing goes, if log or store cannot be read."""
    tally = Tally(0, 0)
    if store.exists(mlruns):
        with (
            store.reachable(mlruns),
            nullcontext() if dry_run else store.locked(mlruns),
        ):
            rows = deployment_log.rows(state / deployment_log.DATABASE)
            # what a store says that was moved has to lead to its own files first
            client = store.reader(mlruns) if dry_run else store.client(mlruns)
            tally += clean_registry(client, mlruns, rows, params.keep_models, dry_run)
            needed = _needed(client, rows)
            extra = old_releases.left_over(
                root / "releases", needed, params.keep_releases
            )
            tally += clean_files(extra, dry_run)
    tally += clean_files(
        extra_checkpoints(root / "models", params.keep_checkpoints), dry_run
    )
    return tally + clean_files(old_logs(state / "logs", now, params.log_days), dry_run)


def main(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would go.")
    ] = False,
    params: Path = Path(PARAMS_FILE),
    mlruns: Path = Path("mlruns"),
    state: Path = Path("state"),
) -> None:
    """Remove old logs, checkpoints, and registered versions that nothing leads to."""
    limits = parameters.load(Params, "cleanup", params)
    tally = clean(params.parent, mlruns, state, limits, datetime.now(UTC), dry_run)
    verb = "Would remove" if dry_run else "Removed"
    print(f"{verb} {tally.things} things, {size_in_words(tally.size)}.")


if __name__ == "__main__":
    enter(main)
