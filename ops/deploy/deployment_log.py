"""The log of deployments: what was put into production, when, in place of what, and its outcome.

reads and writes  state/runner.db, table `deployments` (SQLite, WAL)

The table `runs` there is that of ops/scheduler/run_history.py.

Append-only, and the database refuses anything else: an intent is one row (status `started`), its
outcome a further row that refers to it; a model that was left and is released by hand is a row of
its own. MLflow keeps no history of stages and aliases; rollback targets come from here
(ops/deploy/production.py).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from recsys.files import sqlite
from recsys.program.errors import StoreError

Action = Literal["promote", "rollback", "confirm", "release"]
Status = Literal["started", "promoted", "verified", "pending", "failed", "released"]

DATABASE = "runner.db"
ADVICE = "restore it from a copy, or move it away: the deployments until now are then forgotten"

TABLE = """
CREATE TABLE IF NOT EXISTS deployments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,                   -- UTC, ISO 8601
    action TEXT NOT NULL CHECK (action IN ('promote', 'rollback', 'confirm', 'release')),
    model_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    former_model_id TEXT,
    former_version INTEGER,
    status TEXT NOT NULL CHECK (
        status IN ('started', 'promoted', 'verified', 'pending', 'failed', 'released')),
    detail TEXT NOT NULL DEFAULT '',
    model_created_at TEXT,              -- UTC, ISO 8601: when the registry got the version
    intent INTEGER REFERENCES deployments (id), -- NULL: this row is the intent itself
    who TEXT NOT NULL DEFAULT '',       -- user@machine
    verdict TEXT NOT NULL DEFAULT ''    -- why it may be promoted; of an intent
)
"""
TRIGGERS = (
    """
CREATE TRIGGER IF NOT EXISTS deployments_no_update BEFORE UPDATE ON deployments
    BEGIN SELECT RAISE(ABORT, 'deployments is append-only'); END
""",
    """
CREATE TRIGGER IF NOT EXISTS deployments_no_delete BEFORE DELETE ON deployments
    BEGIN SELECT RAISE(ABORT, 'deployments is append-only'); END
""",
)
SCHEMA = ";".join((TABLE, *TRIGGERS, ""))
FIRST_COLUMNS = (
    "id, at, action, model_id, version, former_model_id, former_version, status, detail, "
    "model_created_at, intent"
)
COLUMNS = f"{FIRST_COLUMNS}, who, verdict"

# a table of before there was `who` is made anew, in the transaction of the next row
IS_OLD = """
SELECT 1 FROM sqlite_master WHERE name = 'deployments' AND sql NOT LIKE '%verdict TEXT%'
"""
RENEW = (
    "DROP TRIGGER IF EXISTS deployments_no_update",
    "DROP TRIGGER IF EXISTS deployments_no_delete",
    "ALTER TABLE deployments RENAME TO former_deployments",
    TABLE,
    f"INSERT INTO deployments ({FIRST_COLUMNS}) "  # noqa: S608 - constants
    f"SELECT {FIRST_COLUMNS} FROM former_deployments",
    "DROP TABLE former_deployments",
    *TRIGGERS,
)
APPEND_OUTCOME = """
INSERT INTO deployments (at, action, model_id, version, former_model_id, former_version,
                         status, detail, model_created_at, intent, who)
SELECT ?, coalesce(?, action), model_id, version, former_model_id, former_version,
       ?, ?, model_created_at, id, coalesce(nullif(?, ''), who)
FROM deployments WHERE id = ?
"""
APPEND_INTENT = """
INSERT INTO deployments (at, action, model_id, version, former_model_id, former_version,
                         status, model_created_at, who, verdict)
VALUES (?, ?, ?, ?, ?, ?, 'started', ?, ?, ?)
"""
APPEND_RELEASE = """
INSERT INTO deployments (at, action, model_id, version, status, detail, who)
VALUES (?, 'release', ?, ?, 'released', ?, ?)
"""


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
    who: str = ""
    verdict: str = ""


@dataclass(frozen=True)
class Intent:
    """What is about to be done."""

    action: Action
    model_id: str
    version: int
    former_model_id: str | None
    former_version: int | None
    model_created_at: datetime | None
    who: str = ""
    verdict: str = ""


def rows(db: Path) -> list[Row]:
    """All rows, oldest first; [] if there is no database, and no file is made.

    StoreError if it cannot be read.
    """
    is_old = bool(sqlite.read_rows(db, "deployments", IS_OLD, ADVICE))
    columns = f"{FIRST_COLUMNS}, '', ''" if is_old else COLUMNS
    query = f"SELECT {columns} FROM deployments ORDER BY id"  # noqa: S608 - constants
    return [
        _row(values) for values in sqlite.read_rows(db, "deployments", query, ADVICE)
    ]


def begin(db: Path, intent: Intent, now: datetime) -> int:
    """Write down what is about to be done; its id."""
    values = (
        now.isoformat(),
        intent.action,
        intent.model_id,
        intent.version,
        intent.former_model_id,
        intent.former_version,
        intent.model_created_at and intent.model_created_at.isoformat(),
        intent.who,
        intent.verdict,
    )
    with _writing(db) as connection:
        appended = connection.execute(APPEND_INTENT, values)
    return int(appended.lastrowid or 0)


def finish(db: Path, intent: int, status: Status, detail: str, now: datetime) -> None:
    """Append the outcome of the deployment `intent`."""
    _append(db, intent, None, status, detail, now)


def confirm(
    db: Path, intent: int, status: Status, detail: str, now: datetime, who: str = ""
) -> None:
    """Append what the service said later of a deployment: verified or failed."""
    _append(db, intent, "confirm", status, detail, now, who)


def release(
    db: Path, model_id: str, version: int, detail: str, now: datetime, who: str
) -> None:
    """Append that a model which was left may be staged and deployed again."""
    values = (now.isoformat(), model_id, version, detail, who)
    with _writing(db) as connection:
        connection.execute(APPEND_RELEASE, values)


def _append(
    db: Path,
    intent: int,
    action: Action | None,
    status: Status,
    detail: str,
    now: datetime,
    who: str = "",
) -> None:
    values = (now.isoformat(), action, status, detail, who, intent)
    with _writing(db) as connection:
        appended = connection.execute(APPEND_OUTCOME, values)
        if appended.rowcount != 1:
            raise StoreError(
                f"{db}: no deployment {intent} to write an outcome for; was the file replaced?"
            )


@contextmanager
def _writing(db: Path) -> Iterator[sqlite3.Connection]:
    """A connection in one transaction. StoreError for anything that SQLite refuses."""
    with sqlite.writing(db, SCHEMA, ADVICE) as connection:
        if connection.execute(IS_OLD).fetchone():
            for statement in RENEW:
                connection.execute(statement)
        yield connection


def _row(values: tuple[Any, ...]) -> Row:
    number, at, *middle, created, intent, who, verdict = values
    created_at = created and datetime.fromisoformat(created)
    return Row(
        *[number, datetime.fromisoformat(at), *middle, created_at, intent, who, verdict]
    )
