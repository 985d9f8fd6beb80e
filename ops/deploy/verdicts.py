"""The gate's verdicts, and what persons have approved: what the year's tries are counted by.

reads and writes  state/runner.db, tables `verdicts` and `approvals` (SQLite, WAL)

Append-only, as the deployments beside them.
"""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from recsys.files import sqlite
from recsys.program.errors import StoreError

ADVICE = (
    "restore it from a copy, or move it away: the verdicts until now are then forgotten"
)
SCHEMA = """
CREATE TABLE IF NOT EXISTS verdicts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,                   -- UTC, ISO 8601
    model_id TEXT NOT NULL,
    decision TEXT NOT NULL CHECK (decision IN ('PROMOTE', 'HOLD', 'REJECT')),
    verdict TEXT NOT NULL               -- JSON: reasons, comparisons, what was spent
);
CREATE TABLE IF NOT EXISTS approvals (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    model_id TEXT NOT NULL,
    by TEXT NOT NULL,                   -- the user of the machine
    reason TEXT NOT NULL
);
CREATE TRIGGER IF NOT EXISTS verdicts_no_update BEFORE UPDATE ON verdicts
    BEGIN SELECT RAISE(ABORT, 'verdicts is append-only'); END;
CREATE TRIGGER IF NOT EXISTS verdicts_no_delete BEFORE DELETE ON verdicts
    BEGIN SELECT RAISE(ABORT, 'verdicts is append-only'); END;
CREATE TRIGGER IF NOT EXISTS approvals_no_update BEFORE UPDATE ON approvals
    BEGIN SELECT RAISE(ABORT, 'approvals is append-only'); END;
CREATE TRIGGER IF NOT EXISTS approvals_no_delete BEFORE DELETE ON approvals
    BEGIN SELECT RAISE(ABORT, 'approvals is append-only'); END;
"""


@dataclass(frozen=True)
class Kept:
    """A verdict as it was written."""

    at: datetime
    model_id: str
    decision: str
    verdict: dict[str, Any]

    @property
    def reasons(self) -> Sequence[str]:
        """In words, the weightiest first."""
        reasons: list[str] = self.verdict["reasons"]
        return reasons


@dataclass(frozen=True)
class Approval:
    """What a person has approved, and why."""

    at: datetime
    model_id: str
    by: str
    reason: str


def rows(db: Path) -> list[Kept]:
    """All verdicts, the oldest first; [] if there is no database, and none is made.

    StoreError if it cannot be read.
    """
    query = "SELECT at, model_id, decision, verdict FROM verdicts ORDER BY id"
    found = sqlite.read_rows(db, "verdicts", query, ADVICE)
    try:
        return [
            Kept(datetime.fromisoformat(at), model_id, decision, json.loads(text))
            for at, model_id, decision, text in found
        ]
    except ValueError as error:
        raise StoreError(f"{db}: a verdict that is none ({error}); {ADVICE}") from None


def latest(db: Path, model_id: str) -> Kept | None:
    """The newest verdict on this model."""
    return next(
        (kept for kept in reversed(rows(db)) if kept.model_id == model_id), None
    )


def append(db: Path, model_id: str, verdict: dict[str, Any], now: datetime) -> None:
    """Write a verdict down. StoreError for anything that SQLite refuses."""
    text = json.dumps(verdict, ensure_ascii=False, allow_nan=False)
    values = now.isoformat(), model_id, verdict["decision"], text
    with _writing(db) as connection:
        connection.execute(
            "INSERT INTO verdicts (at, model_id, decision, verdict) VALUES (?, ?, ?, ?)",
            values,
        )


def approvals(db: Path) -> list[Approval]:
    """All approvals, the oldest first, as `rows`."""
    query = "SELECT at, model_id, by, reason FROM approvals ORDER BY id"
    return [
        Approval(datetime.fromisoformat(at), *others)
        for at, *others in sqlite.read_rows(db, "approvals", query, ADVICE)
    ]


def approve(db: Path, approval: Approval) -> None:
    """Write down what a person has approved. StoreError for anything that SQLite refuses."""
    values = approval.at.isoformat(), approval.model_id, approval.by, approval.reason
    with _writing(db) as connection:
        connection.execute(
            "INSERT INTO approvals (at, model_id, by, reason) VALUES (?, ?, ?, ?)",
            values,
        )


def _writing(db: Path) -> AbstractContextManager[sqlite3.Connection]:
    return sqlite.writing(db, SCHEMA, ADVICE)
