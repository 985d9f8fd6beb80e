"""The tables of the runner in state/runner.db.

runs     id | job | slot | attempt | started_at | ended_at | pid | owner | status | kind | reason |
         exit_code | log
missed   job | slot | reason | noted_at: slots that will never run
settled  job | until: each slot of the job up to here has a run, or is missed
starts   at | pid: one row each time the loop begins

Times are ISO 8601 UTC. `slot` is the planned time, null for a run by hand. A slot is tried again by
an `attempt` of a higher number, and never again once one of them went well: the database itself
refuses it. `pid` leads the process group of the run, `owner` is the pid of the process that watches
it. `status` is running, ok, skipped (there was nothing to do), failed, timeout, stopped (by the
operator) or interrupted (who watched it is gone). `kind` is incremental or full for a refresh.
`reason` is a sentence for people.

A database of before November 2026 (no attempts, `lost` for interrupted) is read as it is, and made
one of these at the first writing.
"""

import sqlite3
from collections.abc import Iterator, Set
from contextlib import contextmanager
from pathlib import Path

from recsys.files import sqlite

COLUMNS = (
    "id",
    "job",
    "slot",
    "attempt",
    "started_at",
    "ended_at",
    "pid",
    "owner",
    "status",
    "kind",
    "reason",
    "exit_code",
    "log",
)
RUNS = """
    id TEXT PRIMARY KEY, job TEXT NOT NULL, slot TEXT, attempt INTEGER NOT NULL,
    started_at TEXT NOT NULL, ended_at TEXT, pid INTEGER, owner INTEGER NOT NULL,
    status TEXT NOT NULL, kind TEXT, reason TEXT, exit_code INTEGER, log TEXT NOT NULL,
    UNIQUE (job, slot, attempt)"""
ONCE = """
CREATE UNIQUE INDEX IF NOT EXISTS one_success ON runs (job, slot)
    WHERE status IN ('running', 'ok')"""
SCHEMA = f"""
CREATE TABLE IF NOT EXISTS runs ({RUNS});
CREATE TABLE IF NOT EXISTS missed (
    job TEXT NOT NULL, slot TEXT NOT NULL, reason TEXT NOT NULL, noted_at TEXT NOT NULL,
    PRIMARY KEY (job, slot));
CREATE TABLE IF NOT EXISTS settled (job TEXT PRIMARY KEY, until TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS starts (at TEXT NOT NULL, pid INTEGER NOT NULL);
"""
OF_OLD = {"attempt": "1", "kind": "NULL", "reason": "NULL"}  # columns that were not
STATUS = "CASE status WHEN 'lost' THEN 'interrupted' ELSE status END"


@contextmanager
def writing(db: Path) -> Iterator[sqlite3.Connection]:
    """A connection in one transaction; makes the database at first use. StoreError if it cannot."""
    advice = "see that the disk has room and the folder can be written"
    with sqlite.writing(db, SCHEMA, advice) as connection:
        _migrate(connection)
        yield connection


def _migrate(connection: sqlite3.Connection) -> None:
    """Make the table of an older version one of this, inside the transaction."""
    info = connection.execute("PRAGMA table_info(runs)").fetchall()
    found = {str(name) for _, name, *_ in info}
    if "attempt" not in found:
        chosen = ", ".join(columns(found))
        connection.execute("ALTER TABLE runs RENAME TO old_runs")
        connection.execute(f"CREATE TABLE runs ({RUNS})")
        connection.execute(f"INSERT INTO runs SELECT {chosen} FROM old_runs")  # noqa: S608 - constants
        connection.execute("DROP TABLE old_runs")
    connection.execute(ONCE)


def columns(found: Set[str]) -> Iterator[str]:
    """How each column is read from a table that may be an old one."""
    for column in COLUMNS:
        if column == "status":
            yield STATUS
        else:
            yield column if column in found else OF_OLD.get(column, column)
