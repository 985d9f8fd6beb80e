"""The ledger of deployments: what was put into production, when, in place of what, and how it
ended.

reads and writes  state/runner.db, table `deployments` (SQLite, WAL). The table `runs` there is history's.

Append-only, and the database refuses anything else: an intent is one row (status `started`), its
outcome a further row that refers to it. MLflow keeps no history of stages and aliases; rollback
targets come from here.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from recsys.program.errors import GateError, StoreError

Action = Literal["promote", "rollback", "confirm"]
Status = Literal["started", "promoted", "verified", "pending", "failed"]

DATABASE = "runner.db"
BUSY_TIMEOUT_S = 20.0
RAN = ("promoted", "verified")  # a `pending` deployment never ran: the service was offline

SCHEMA = """
CREATE TABLE IF NOT EXISTS deployments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,                   -- UTC, ISO 8601
    action TEXT NOT NULL CHECK (action IN ('promote', 'rollback', 'confirm')),
    model_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    former_model_id TEXT,
    former_version INTEGER,
    status TEXT NOT NULL CHECK (status IN ('started', 'promoted', 'verified', 'pending', 'failed')),
    detail TEXT NOT NULL DEFAULT '',
    model_created_at TEXT,              -- UTC, ISO 8601: when the registry got the version
    intent INTEGER REFERENCES deployments (id)  -- NULL: this row is the intent itself
);
CREATE TRIGGER IF NOT EXISTS deployments_no_update BEFORE UPDATE ON deployments
    BEGIN SELECT RAISE(ABORT, 'deployments is append-only'); END;
CREATE TRIGGER IF NOT EXISTS deployments_no_delete BEFORE DELETE ON deployments
    BEGIN SELECT RAISE(ABORT, 'deployments is append-only'); END;
"""
COLUMNS = "id, at, action, model_id, version, former_model_id, former_version, status, detail, model_created_at, intent"


@dataclass(frozen=True)
class Row:
    """One row as it was written."""

    id: int
    at: datetime
    action: Action
    model_id: str
    version: int
    former_model_id: str | None
    former_version: int | None
    status: Status
    detail: str
    model_created_at: datetime | None
    intent: int | None


@dataclass(frozen=True)
class Deployment:
    """An intent with its newest outcome."""

    id: int
    at: datetime  # of the intent
    action: Action  # promote | rollback
    model_id: str
    version: int
    former_model_id: str | None
    former_version: int | None
    status: Status
    detail: str
    model_created_at: datetime | None

    @property
    def ran(self) -> bool:
        """Whether the model is known to have served, or there was no service to ask."""
        return self.status in RAN


@dataclass(frozen=True)
class Intent:
    """What is about to be done."""

    action: Action
    model_id: str
    version: int
    former_model_id: str | None
    former_version: int | None
    model_created_at: datetime | None


# ---- pure: what the rows say ----
def deployments(rows: Sequence[Row]) -> list[Deployment]:
    """Each intent with its newest outcome, oldest first. A failed confirmation leaves `pending`
    standing.
    """
    found: dict[int, Deployment] = {}
    for row in rows:
        if row.intent is None:
            found[row.id] = _opened(row)
        elif row.intent in found:
            before = found[row.intent]
            status = (
                before.status if (row.action, row.status) == ("confirm", "failed") else row.status
            )
            found[row.intent] = replace(before, status=status, detail=row.detail)
    return list(found.values())


def _opened(row: Row) -> Deployment:
    return Deployment(
        row.id,
        row.at,
        row.action,
        row.model_id,
        row.version,
        row.former_model_id,
        row.former_version,
        row.status,
        row.detail,
        row.model_created_at,
    )


def interrupted(rows: Sequence[Row]) -> Deployment | None:
    """The newest deployment that was begun and has no outcome: its process was killed."""
    started = [deployment for deployment in deployments(rows) if deployment.status == "started"]
    return started[-1] if started else None


@dataclass(frozen=True)
class _Layer:
    """A model in the stack, by the deployment that put it there (or back there)."""

    deployment: Deployment
    ran: bool


def stack(rows: Sequence[Row]) -> list[Deployment]:
    """What is in production (last) over all that can be rolled back to, oldest first.

    A promotion pushes. A rollback pops down to its target and takes out every layer of the model
    that was left, so that nothing leads back to it. Below the top only what really ran stays;
    failures never get in.
    """
    layers: list[_Layer] = []
    for deployment in deployments(rows):
        if deployment.status in ("started", "failed"):
            continue
        if deployment.action == "rollback":
            layers = _popped(layers, deployment)
        elif layers and layers[-1].deployment.model_id == deployment.model_id:
            layers[-1] = _Layer(deployment, layers[-1].ran or deployment.ran)
        else:
            layers = [layer for layer in layers if layer.ran]
            layers.append(_Layer(deployment, deployment.ran))
    return [layer.deployment for layer in layers]


def _popped(layers: list[_Layer], rollback: Deployment) -> list[_Layer]:
    """The stack after a rollback; its target ran before, whatever the service says now."""
    places = [
        place
        for place, layer in enumerate(layers)
        if layer.deployment.model_id == rollback.model_id
    ]
    below = layers[: places[-1]] if places else layers
    kept = [
        layer
        for layer in below
        if layer.ran
        and layer.deployment.model_id not in (rollback.former_model_id, rollback.model_id)
    ]
    return [*kept, _Layer(rollback, ran=True)]


def in_production(rows: Sequence[Row]) -> Deployment | None:
    """The deployment that is in production by the ledger; None before the first one."""
    layers = stack(rows)
    return layers[-1] if layers else None


def rollback_targets(rows: Sequence[Row], leaving: str | None = None) -> list[Deployment]:
    """What can be rolled back to from the model `leaving` (default: the one in production), nearest
    first.
    """
    layers = stack(rows)
    left = leaving or (layers[-1].model_id if layers else None)
    return [deployment for deployment in reversed(layers) if deployment.model_id != left]


def rollback_target(rows: Sequence[Row], leaving: str | None = None) -> Deployment:
    """The nearest deployment below the top that really ran. GateError if there is nothing further
    back.
    """
    targets = rollback_targets(rows, leaving)
    if targets:
        return targets[0]
    top = in_production(rows)
    if top is None:
        raise GateError(
            "nothing was deployed yet, so there is nothing to roll back; deploy with `python runner.py promote`"
        )
    raise GateError(
        f"nothing further back: no deployment before {leaving or top.model_id} that ran is left; "
        f"train and promote another model instead"
    )


# ---- the table ----
def rows(db: Path) -> list[Row]:
    """All rows, oldest first; [] and no file made if there is no database. StoreError if not
    readable.
    """
    if not db.is_file():
        return []
    with opened(db) as connection:
        connection.execute("PRAGMA query_only = 1")
        known = connection.execute(
            "SELECT 1 FROM sqlite_master WHERE name = 'deployments'"
        ).fetchone()
        if known is None:
            return []
        found = connection.execute(f"SELECT {COLUMNS} FROM deployments ORDER BY id")  # noqa: S608  # a constant
        return [_row(values) for values in found]


def current(db: Path) -> Deployment | None:
    """What is in production by the ledger; None if nothing was deployed."""
    return in_production(rows(db))


def history(db: Path, limit: int) -> list[Deployment]:
    """The newest `limit` deployments with their outcomes, newest first."""
    return deployments(rows(db))[::-1][:limit]


def begin(db: Path, intent: Intent, now: datetime) -> int:
    """Write down what is about to be done; its id."""
    with opened(db, create=True) as connection:
        made = connection.execute(
            "INSERT INTO deployments (at, action, model_id, version, former_model_id, former_version, "
            "status, model_created_at) VALUES (?, ?, ?, ?, ?, ?, 'started', ?)",
            (
                _iso(now),
                intent.action,
                intent.model_id,
                intent.version,
                intent.former_model_id,
                intent.former_version,
                intent.model_created_at and _iso(intent.model_created_at),
            ),
        )
    return int(made.lastrowid or 0)


def finish(db: Path, intent: int, status: Status, detail: str, now: datetime) -> None:
    """Append the outcome of the deployment `intent`."""
    _append(db, intent, None, status, detail, now)


def confirm(db: Path, intent: int, status: Status, detail: str, now: datetime) -> None:
    """Append what the service said later about a deployment that was pending: verified or failed."""
    _append(db, intent, "confirm", status, detail, now)


def _append(
    db: Path, intent: int, action: Action | None, status: Status, detail: str, now: datetime
) -> None:
    with opened(db, create=True) as connection:
        made = connection.execute(
            "INSERT INTO deployments (at, action, model_id, version, former_model_id, former_version, "
            "status, detail, model_created_at, intent) SELECT ?, coalesce(?, action), model_id, version, "
            "former_model_id, former_version, ?, ?, model_created_at, id FROM deployments WHERE id = ?",
            (_iso(now), action, status, detail, intent),
        )
        if made.rowcount != 1:
            raise StoreError(
                f"{db}: no deployment {intent} to write an outcome for; was the file replaced?"
            )


@contextmanager
def opened(db: Path, create: bool = False) -> Iterator[sqlite3.Connection]:
    """A connection; the block is one transaction. StoreError for anything that SQLite refuses."""
    if create:
        db.parent.mkdir(parents=True, exist_ok=True)
    mode = "rwc" if create else "rw"
    try:
        with closing(
            sqlite3.connect(
                f"{db.resolve().as_uri()}?mode={mode}", uri=True, timeout=BUSY_TIMEOUT_S
            )
        ) as connection:
            if create:
                with suppress(
                    sqlite3.OperationalError
                ):  # another process is switching it on just now
                    connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                connection.executescript(SCHEMA)
            with connection:
                yield connection
    except sqlite3.Error as error:
        raise StoreError(
            f"{db}: {error}; restore it from a copy, or move it away: the deployments until now are then forgotten"
        ) from None


def _iso(moment: datetime) -> str:
    return moment.isoformat()


def _row(values: tuple[Any, ...]) -> Row:
    number, at, *middle, created, intent = values
    born = created and datetime.fromisoformat(created)
    return Row(*[number, datetime.fromisoformat(at), *middle, born, intent])
