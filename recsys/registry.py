"""The MLflow store and the model registry in it: which version is the champion, which one waits in Staging.

reads   mlruns/mlflow.db      SQLite, WAL; experiment `recommender`, registered model `recommender`
writes  mlruns/mlflow.db, mlruns/artifacts/ (by MLflow)

The alias `champion` is the truth (one row by construction); the stages are moved with it, because users look
at stages. Whoever changes stages or aliases holds `locked`: MLflow's own archiving of the former Production
leaves several of them when two processes promote at once. No history is kept here: the ledger has it
(state/runner.db).
"""

import logging
import os
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from recsys.errors import InstanceError, StoreError

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "recommender"
MODEL = "recommender"
CHAMPION = "champion"
CHALLENGER = "challenger"
DATABASE = "mlflow.db"
ROLLED_BACK = "rolled_back"

LOCK_WAIT_S = 300.0  # a promotion that waits for a slow service holds the lock for minutes
CREATE_WAIT_S = 120.0  # making the store takes 8 s
BUSY_TIMEOUT_MS = 20_000


@dataclass(frozen=True)
class Version:
    """One version of the registered model."""

    number: int
    model_id: str  # "" if someone registered it by hand without the tag
    model_type: str  # als | bpr
    stage: str  # None | Staging | Production | Archived
    run_id: str
    created_at: datetime  # UTC
    rolled_back: bool  # it was in production and was left by a rollback


# ---- the store ----


def exists(folder: Path) -> bool:
    """Whether a store was made under `folder`. Creates nothing."""
    return _filled(folder / DATABASE)


def client(folder: Path) -> "MlflowClient":
    """A client of the store under `folder`, which is made on first use (8 s), once, under a lock.

    StoreError if the database cannot be read. `import mlflow` (2 to 4 s) happens here.
    """
    database = folder / DATABASE
    folder.mkdir(parents=True, exist_ok=True)
    with reachable(folder):
        if not _filled(database):
            with _lock(folder / ".create.lock", CREATE_WAIT_S, "the making of the MLflow store"):
                if not _filled(database):
                    _create(folder)
        opened = reader(folder)
        if opened.get_experiment_by_name(EXPERIMENT) is None:
            _create_experiment(opened, folder)
        return opened


def reader(folder: Path) -> "MlflowClient":
    """A client of a store that exists; makes neither. StoreError if it cannot be read."""
    database = folder / DATABASE
    _check_readable(database)
    with reachable(folder):
        return _connect(database)


def _filled(database: Path) -> bool:
    return database.is_file() and database.stat().st_size > 0


def _settle() -> None:
    """No telemetry, no pickle, no chatter: MLflow reads these when it is imported."""
    os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] = "false"
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _connect(database: Path) -> "MlflowClient":
    _settle()
    from mlflow import MlflowClient

    uri = f"sqlite:///{database.resolve()}"
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def _create(folder: Path) -> None:
    """Make the database beside its place and rename it: a kill leaves no half-made store."""
    temp = folder / f".{DATABASE}.part"
    for name in (temp.name, f"{temp.name}-wal", f"{temp.name}-shm", f"{temp.name}-journal"):
        (folder / name).unlink(missing_ok=True)
    made = _connect(temp)
    _create_experiment(made, folder)
    _dispose(made)
    with closing(sqlite3.connect(temp)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    temp.replace(folder / DATABASE)


def _create_experiment(opened: "MlflowClient", folder: Path) -> None:
    from mlflow.exceptions import MlflowException

    try:
        opened.create_experiment(
            EXPERIMENT,
            artifact_location=(folder / "artifacts").resolve().as_uri(),
            tags={"mlflow.experimentKind": "custom_model_development"},
        )
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":  # another process made it just now
            raise


def _dispose(made: "MlflowClient") -> None:
    """Close MLflow's connections to the database, so that it can be renamed."""
    made._tracking_client.store._dispose_engine()
    made._get_registry_client().store._dispose_engine()  # type: ignore[no-untyped-call]


def _check_readable(database: Path) -> None:
    if not _filled(database):
        raise StoreError(f"{database}: no MLflow store here; run `dvc repro` to make one")
    try:
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=rw", uri=True)) as connection:
            connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
            connection.execute("SELECT count(*) FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise StoreError(
            f"{database}: not readable as an MLflow store ({error}); restore it from a copy, or "
            f"move it away and run `dvc repro`: models are registered again"
        ) from None


@contextmanager
def reachable(folder: Path) -> Iterator[None]:
    """Turn what MLflow raises inside the block into one StoreError that names the database."""
    _settle()
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        message = " ".join(str(error).split())[:300]
        raise StoreError(f"{folder / DATABASE}: {message}; mend that, then run the same again") from error


def _lock(path: Path, wait_s: float, what: str) -> Any:
    try:
        return FileLock(path).acquire(timeout=wait_s)
    except Timeout:
        raise InstanceError(
            f"{path}: held by another process for {wait_s:.0f} s ({what}); wait for it to end, then run again"
        ) from None


@contextmanager
def locked(folder: Path, wait_s: float = LOCK_WAIT_S) -> Iterator[None]:
    """Hold the registry's lock: around every change of stages and aliases, and what was read for it.

    InstanceError if another process holds it for longer than `wait_s`. The lock goes with its process.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _lock(folder / ".registry.lock", wait_s, "a promotion, rollback, registration or cleanup"):
        yield


# ---- reading the registry ----


def versions(client: "MlflowClient") -> list[Version]:
    """All registered versions, oldest first; [] if nothing was registered yet."""
    found: list[Any] = []
    token = None
    while True:
        page = client.search_model_versions(f"name='{MODEL}'", max_results=1000, page_token=token)
        found.extend(page)
        token = page.token
        if not token:
            return sorted(map(_version, found), key=lambda version: version.number)


def _version(raw: Any) -> Version:
    return Version(
        number=int(raw.version),
        model_id=raw.tags.get("model_id", ""),
        model_type=raw.tags.get("model_type", ""),
        stage=raw.current_stage or "None",
        run_id=raw.run_id or "",
        created_at=datetime.fromtimestamp(raw.creation_timestamp / 1000, UTC),
        rolled_back=raw.tags.get(ROLLED_BACK) == "true",
    )


def find(client: "MlflowClient", model_id: str) -> Version | None:
    """The newest version of the model `model_id`, or None."""
    same = [version for version in versions(client) if version.model_id == model_id]
    return same[-1] if same else None


def champion(client: "MlflowClient") -> Version | None:
    """The version in production, by its alias; None if nothing was promoted yet."""
    return _by_number(client, _aliases(client).get(CHAMPION))


def challenger(client: "MlflowClient") -> Version | None:
    """The version that waits for promotion: by its alias, else the newest that was staged by hand."""
    aliased = _by_number(client, _aliases(client).get(CHALLENGER))
    if aliased is not None:
        return aliased
    staged = [each for each in versions(client) if each.stage == "Staging" and not each.rolled_back]
    return staged[-1] if staged else None


def _aliases(client: "MlflowClient") -> dict[str, int]:
    """alias -> version number. (`search_model_versions` returns none of them.)"""
    for model in client.search_registered_models(f"name='{MODEL}'"):
        return {alias: int(number) for alias, number in model.aliases.items()}
    return {}


def _by_number(client: "MlflowClient", number: int | None) -> Version | None:
    return next((version for version in versions(client) if version.number == number), None)


def _existing(client: "MlflowClient", number: int) -> Version:
    version = _by_number(client, number)
    if version is None:
        raise StoreError(
            f"the registry has no version {number} of {MODEL}; `python runner.py status` shows which there are"
        )
    return version


# ---- changing the registry: the caller holds `locked` ----


def stage(client: "MlflowClient", number: int) -> bool:
    """Make version `number` the challenger, in Staging; archive any other in Staging. Idempotent.

    False, and nothing changes, if it is in Production already or was rolled back. The alias moves first:
    after a kill between two calls it names the right version, and a second call mends the stages.
    """
    version = _existing(client, number)
    if version.rolled_back or version.stage == "Production" or _aliases(client).get(CHAMPION) == number:
        return False
    client.set_registered_model_alias(MODEL, CHALLENGER, str(number))
    _move(client, version, "Staging")
    _archive_others(client, number, "Staging")
    return True


def set_production(client: "MlflowClient", number: int) -> None:
    """Make version `number` the champion and the only one in Production. Idempotent.

    The alias moves first: after a kill between two calls it names the right version, and a second call mends
    the rest. The alias `challenger` goes last, so that a promotion that was cut short is found again.
    """
    version = _existing(client, number)
    client.set_registered_model_alias(MODEL, CHAMPION, str(number))
    _move(client, version, "Production")
    _archive_others(client, number, "Production")
    if version.rolled_back:
        unmark_rolled_back(client, number)
    if _aliases(client).get(CHALLENGER) == number:
        client.delete_registered_model_alias(MODEL, CHALLENGER)


def mark_rolled_back(client: "MlflowClient", number: int) -> None:
    """Tag the version so that it is not staged again."""
    client.set_model_version_tag(MODEL, str(number), ROLLED_BACK, "true")


def unmark_rolled_back(client: "MlflowClient", number: int) -> None:
    """Let the version be staged again."""
    client.set_model_version_tag(MODEL, str(number), ROLLED_BACK, "false")


def _archive_others(client: "MlflowClient", number: int, stage: str) -> None:
    for other in versions(client):
        if other.number != number and other.stage == stage:
            _move(client, other, "Archived")


def _move(client: "MlflowClient", version: Version, stage: str) -> None:
    """One change of stage; the API is deprecated in favour of aliases, which we set too."""
    if version.stage == stage:
        return
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*transition_model_version_stage.*", FutureWarning)
        client.transition_model_version_stage(MODEL, str(version.number), stage)
