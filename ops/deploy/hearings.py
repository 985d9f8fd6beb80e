"""What the court has heard: its cases after each hearing.

reads and writes  state/runner.db, table `hearings` (SQLite, WAL), append-only
"""

import json
import sqlite3
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from recsys.files import sqlite
from recsys.program.errors import StoreError
from recsys.statistics import court
from recsys.statistics.court import Case

ADVICE = "restore it from a copy, or move it away: what the court has heard is then forgotten"
SCHEMA = """
CREATE TABLE IF NOT EXISTS hearings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,                   -- UTC, ISO 8601
    until TEXT NOT NULL,                -- UTC: the newest purchase that was heard
    cases TEXT NOT NULL                 -- JSON: by whom may be better, as they stand after it
);
CREATE TRIGGER IF NOT EXISTS hearings_no_update BEFORE UPDATE ON hearings
    BEGIN SELECT RAISE(ABORT, 'hearings is append-only'); END;
CREATE TRIGGER IF NOT EXISTS hearings_no_delete BEFORE DELETE ON hearings
    BEGIN SELECT RAISE(ABORT, 'hearings is append-only'); END;
"""


@dataclass(frozen=True)
class Heard:
    """The cases after a hearing."""

    at: datetime
    until: datetime
    cases: dict[str, Case]  # former, popularity


def last(db: Path) -> Heard | None:
    """The newest hearing; None if there was none. StoreError if it cannot be read."""
    query = "SELECT at, until, cases FROM hearings ORDER BY id DESC LIMIT 1"
    for at, until, text in sqlite.read_rows(db, "hearings", query, ADVICE):
        try:
            cases = {
                name: court.from_json(case) for name, case in json.loads(text).items()
            }
            moments = datetime.fromisoformat(at), datetime.fromisoformat(until)
        except (ValueError, AttributeError) as error:
            raise StoreError(
                f"{db}: a hearing that is none ({error}); {ADVICE}"
            ) from None
        return Heard(*moments, cases)
    return None


def append(db: Path, heard: Heard) -> None:
    """Write a hearing down. StoreError for anything that SQLite refuses."""
    cases = {name: case.as_json() for name, case in heard.cases.items()}
    values = heard.at.isoformat(), heard.until.isoformat(), json.dumps(cases)
    with _writing(db) as connection:
        connection.execute(
            "INSERT INTO hearings (at, until, cases) VALUES (?, ?, ?)", values
        )


def _writing(db: Path) -> AbstractContextManager[sqlite3.Connection]:
    return sqlite.writing(db, SCHEMA, ADVICE)
