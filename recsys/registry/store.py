"""The MLflow store: made once under a lock, opened, checked; and the lock of the registry.

Where the environment names a shared store (recsys/shared_store/address.py), that is opened instead:
the database in the folder is then neither read nor written.

reads   mlruns/mlflow.db      SQLite, WAL; experiment `recommender`
writes  mlruns/mlflow.db, mlruns/artifacts/ (by MLflow)
"""

import logging
import os
import platform
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from recsys.files import lock, sqlite
from recsys.program.errors import InstanceError, StoreDiskError, StoreError, in_one_line
from recsys.registry import anchor, schema
from recsys.shared_store import address

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "recommender"
DATABASE = "mlflow.db"

TORN = (
    "it is not readable as an MLflow store: restore it from a copy, or move it away and run "
    "`make repro`: models are registered again"
)
# in what MLflow says of SQLite
OF_THE_DISK = re.compile(
    r"database or disk is full|disk I/O error|readonly database|No space left on device"
)
LOCK_WAIT_S = (
    300.0  # a promotion that waits for a slow service holds the lock for minutes
)
CREATE_WAIT_S = 120.0  # making the store takes 8 s


# ---- the store ----
def anchor_it(folder: Path) -> None:
    """If there is a store under `folder`, let its paths lead there. Without MLflow."""
    if address.shared() is None and exists(folder):
        anchor.anchor(folder / DATABASE, EXPERIMENT)


def exists(folder: Path) -> bool:
    """Whether a store was made under `folder`, or a shared one is named. Creates nothing."""
    return address.shared() is not None or _filled(folder / DATABASE)


def where(folder: Path) -> str:
    """The store, as messages name it."""
    there = address.shared()
    return there.tracking if there else str(folder / DATABASE)


def client(folder: Path) -> "MlflowClient":
    """A client of the store under `folder`, which is made on first use, once, under a lock. A store
    that was moved or copied leads to its own files again (recsys/registry/anchor.py).

    StoreError if the database cannot be read. `import mlflow` (2 to 4 s) happens here.
    """
    if there := address.shared():
        return _shared(there, folder, EXPERIMENT)
    database = folder / DATABASE
    folder.mkdir(parents=True, exist_ok=True)
    with reachable(folder):
        if not _filled(database):
            with _held(
                folder / ".create.lock", CREATE_WAIT_S, "the making of the MLflow store"
            ):
                if not _filled(database):
                    _create(folder)
        _check_readable(database)
        anchor.anchor(database, EXPERIMENT)
        opened = _connect(database)
        if opened.get_experiment_by_name(EXPERIMENT) is None:
            _create_experiment(opened, folder)
        return opened


def reader(folder: Path) -> "MlflowClient":
    """A client of a store that exists; makes neither. StoreError if it cannot be read."""
    if there := address.shared():
        return _shared(there, folder)
    database = folder / DATABASE
    _check_readable(database)
    with reachable(folder):
        return _connect(database)


def _shared(
    there: address.Address, folder: Path, experiment: str = ""
) -> "MlflowClient":
    from recsys.registry import shared  # here: a local store does without

    with reachable(folder):
        return shared.client(there, experiment)


def experiment_id(opened: "MlflowClient") -> str:
    """The id of our experiment. StoreError if it was deleted, with the command that restores it."""
    experiment = opened.get_experiment_by_name(EXPERIMENT)
    if experiment is None:
        raise StoreError(
            f"{opened.tracking_uri}: no experiment {EXPERIMENT!r}; run `make repro`"
        )
    if experiment.lifecycle_stage != "active":
        restore = f"mlflow experiments restore -x {experiment.experiment_id}"
        raise StoreError(
            f"experiment {EXPERIMENT!r} was deleted; restore it with "
            f"`MLFLOW_TRACKING_URI={opened.tracking_uri} {restore}`"
        )
    return str(experiment.experiment_id)


def _filled(database: Path) -> bool:
    return database.is_file() and database.stat().st_size > 0


def _configure_mlflow() -> None:
    """No telemetry, no pickle, no chatter: MLflow reads these when it is imported."""
    os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] = "false"
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


def load_mlflow() -> None:
    """Load what `client` takes seconds to load; it opens nothing."""
    _configure_mlflow()
    import mlflow.store.model_registry.sqlalchemy_store
    import mlflow.store.tracking.sqlalchemy_store  # noqa: F401 - for later
    from mlflow import MlflowClient  # noqa: F401 - for later


def _connect(database: Path) -> "MlflowClient":
    _configure_mlflow()
    from mlflow import MlflowClient

    uri = sqlite.address_of(database, Path.cwd())
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def _create(folder: Path) -> None:
    """Make the database beside its place and rename it: a kill leaves no half-made store."""
    temp = folder / f".{DATABASE}.part"
    for name in (
        temp.name,
        f"{temp.name}-wal",
        f"{temp.name}-shm",
        f"{temp.name}-journal",
    ):
        (folder / name).unlink(missing_ok=True)
    schema.lay(temp)
    empty = _connect(temp)
    _create_experiment(empty, folder)
    dispose(empty)
    with closing(sqlite.connect(temp)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    for name in (f"{DATABASE}-wal", f"{DATABASE}-shm"):
        # of a database that was moved away: SQLite would write its pages into this one
        (folder / name).unlink(missing_ok=True)
    temp.replace(folder / DATABASE)


def _create_experiment(opened: "MlflowClient", folder: Path) -> None:
    from mlflow.exceptions import MlflowException

    try:
        opened.create_experiment(
            EXPERIMENT,
            artifact_location=anchor.location(folder),
            tags={"mlflow.experimentKind": "custom_model_development"},
        )
    except MlflowException as error:
        if (
            error.error_code != "RESOURCE_ALREADY_EXISTS"
        ):  # another process made it just now
            raise


def dispose(opened: "MlflowClient") -> None:
    """Close MLflow's connections to the database, so that it can be renamed."""
    opened._tracking_client.store._dispose_engine()
    opened._get_registry_client().store._dispose_engine()  # type: ignore[no-untyped-call]


def _check_readable(database: Path) -> None:
    if not _filled(database):
        raise StoreError(
            f"{database}: no MLflow store here; run `make repro` to make one"
        )
    with (
        sqlite.refusals_told(database, TORN),
        closing(sqlite.connect(database)) as connection,
    ):
        connection.execute("SELECT count(*) FROM alembic_version").fetchone()


@contextmanager
def reachable(folder: Path) -> Iterator[None]:
    """Turn what MLflow raises inside the block into one StoreError that names the store."""
    _configure_mlflow()
    from mlflow.exceptions import MlflowException
    from requests.exceptions import RequestException

    try:
        yield
    except (MlflowException, RequestException) as error:
        if there := address.shared():
            from recsys.registry import shared  # here: a local store does without

            raise shared.told(there, error) from error
        message = f"{where(folder)}: {in_one_line(error, limit=300)}"
        if OF_THE_DISK.search(str(error)):
            raise StoreDiskError(f"{message}; {sqlite.SOUND}") from error
        raise StoreError(f"{message}; mend that, then run the same again") from error


@contextmanager
def _held(path: Path, wait_s: float, what: str) -> Iterator[None]:
    with lock.opened(path) as handle:
        if not lock.take(handle, wait_s):
            raise InstanceError(
                f"{path}: held by another process for {wait_s:.0f} s ({what}); "
                f"wait for it to end, then run again"
            )
        yield


@contextmanager
def locked(folder: Path, wait_s: float = LOCK_WAIT_S) -> Iterator[None]:
    """Hold the registry's lock: around every change of stages and aliases, and reading for it.

    InstanceError if another process holds it for longer than `wait_s`. The lock goes with its
    process; that of a shared store, which other machines see, at most a minute after it
    (recsys/shared_store/lease.py).
    """
    folder.mkdir(parents=True, exist_ok=True)
    what = "a promotion, rollback, registration or cleanup"
    path = folder / ".registry.lock"
    with _held(path, wait_s, what):
        if there := address.shared():
            from recsys.shared_store import lease  # here: a local store does without

            with lease.held(there.registry, _who(), lease.place_of(path), wait_s):
                yield
        else:
            yield


def _who() -> str:
    """This process, for those who wait for it."""
    return f"process {os.getpid()} on {platform.node()}"
