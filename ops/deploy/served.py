"""What the lists in production were worth at each hearing of the court, for the drift report.

reads and writes  state/runner.db, table `served` (SQLite, WAL), append-only
writes            data/reference/served.json: the same for the stage drift, which knows no database
"""

from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recsys.drift import served
from recsys.drift.served import Hearing
from recsys.files import sqlite
from recsys.files.atomic import write_json

ADVICE = "restore it from a copy, or move it away: what was served is then forgotten"
SCHEMA = """
CREATE TABLE IF NOT EXISTS served (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    since TEXT NOT NULL,                -- UTC, ISO 8601; purchases after it
    until TEXT NOT NULL,                -- UTC: the newest purchase that was heard
    metric TEXT NOT NULL,
    users INTEGER NOT NULL,
    model_id TEXT NOT NULL,             -- what was in production
    mean REAL NOT NULL,
    error REAL NOT NULL,                -- standard error of the mean
    popularity REAL NOT NULL            -- mean of the popular products
);
CREATE TRIGGER IF NOT EXISTS served_no_update BEFORE UPDATE ON served
    BEGIN SELECT RAISE(ABORT, 'served is append-only'); END;
CREATE TRIGGER IF NOT EXISTS served_no_delete BEFORE DELETE ON served
    BEGIN SELECT RAISE(ABORT, 'served is append-only'); END;
"""
COLUMNS = "since, until, metric, users, model_id, mean, error, popularity"


@dataclass(frozen=True)
class Between:
    """Which purchases were heard, and by which metric."""

    since: str  # ISO 8601, UTC
    until: str
    metric: str


def note(
    db: Path, data: Path, between: Between, model_id: str, *values: np.ndarray
) -> None:
    """Append a hearing, and write all of them for the stage drift; `values` are those of each user
    by the model in production, and by popularity. StoreError for anything that SQLite refuses.
    """
    champion, popularity = values
    users = len(champion)
    error = float(champion.std(ddof=1) / np.sqrt(users)) if users > 1 else 1.0
    means = float(champion.mean()), error, float(popularity.mean())
    row = (*astuple(between), users, model_id, *means)
    marks = ", ".join("?" * len(row))
    with sqlite.writing(db, SCHEMA, ADVICE) as connection:
        connection.execute(f"INSERT INTO served ({COLUMNS}) VALUES ({marks})", row)  # noqa: S608 - names of this module
    write(db, data)


def rows(db: Path) -> list[Hearing]:
    """All hearings, oldest first. StoreError if they cannot be read."""
    query = f"SELECT {COLUMNS} FROM served ORDER BY id"  # noqa: S608 - names of this module
    names = COLUMNS.split(", ")
    found: list[dict[str, Any]] = [
        dict(zip(names, row, strict=True))
        for row in sqlite.read_rows(db, "served", query, ADVICE)
    ]
    return [Hearing(**each) for each in found]


def write(db: Path, data: Path) -> None:
    """Write data/reference/served.json of what is known."""
    told = [one.model_dump() for one in rows(db)]
    write_json(data / "reference" / served.FILE, told)
