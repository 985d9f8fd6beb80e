"""One row a run in state/runner.db, so that what ran, when and how it ended outlives the runner.

runs     id | job | slot | started_at | ended_at | pid | owner | status | exit_code | log
starts   at | pid: one row each time the loop begins; no slot before the first of them was missed

Times are ISO 8601 UTC. `slot` is the planned time, null for a run by hand; (job, slot) is unique,
so that a doubled hour or a clock step cannot run a slot twice. `pid` leads the process group of the
run, `owner` is the pid of the process that watches it. `status` is running, ok, failed, timeout,
stopped (by the operator) or lost (the runner died). The deployment log (ops/deploy) keeps a table
of its own in the same file; neither touches the other's.
"""

import os
import secrets
import sqlite3
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recsys.files import sqlite

COLUMNS = "id, job, slot, started_at, ended_at, pid, owner, status, exit_code, log"
SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, job TEXT NOT NULL, slot TEXT, started_at TEXT NOT NULL, ended_at TEXT,
    pid INTEGER, owner INTEGER NOT NULL, status TEXT NOT NULL, exit_code INTEGER, log TEXT NOT NULL,
    UNIQUE (job, slot));
CREATE TABLE IF NOT EXISTS starts (at TEXT NOT NULL, pid INTEGER NOT NULL);
"""


@dataclass(frozen=True)
class Run:
    """A row of `runs`."""

    id: str
    job: str
    slot: str | None
    started_at: str
    ended_at: str | None
    pid: int | None
    owner: int
    status: str
    exit_code: int | None
    log: str


def database(state: Path) -> Path:
    """Where the runner's rows are kept."""
    return state / "runner.db"


def stamp(moment: datetime) -> str:
    """ISO 8601 UTC of fixed width, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def open_run(state: Path, job: str, slot: datetime | None, now: datetime) -> Run | None:
    """The new row of a run that is about to begin; None if its slot has been taken before."""
    name = f"{job}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
    run = Run(
        id=name,
        job=job,
        slot=stamp(slot) if slot else None,
        started_at=stamp(now),
        ended_at=None,
        pid=None,
        owner=os.getpid(),
        status="running",
        exit_code=None,
        log=str(state / "logs" / f"{name}.log"),
    )
    with _writing(database(state)) as connection:
        inserted = connection.execute(
            "INSERT INTO runs (id, job, slot, started_at, owner, status, log) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (job, slot) DO NOTHING",
            (run.id, run.job, run.slot, run.started_at, run.owner, run.status, run.log),
        )
        return run if inserted.rowcount else None


def set_pid(state: Path, run_id: str, pid: int) -> None:
    """Note which process a run became."""
    with _writing(database(state)) as connection:
        connection.execute("UPDATE runs SET pid = ? WHERE id = ?", (pid, run_id))


def close_run(
    state: Path, run_id: str, status: str, exit_code: int | None, now: datetime
) -> None:
    """Note how a run ended.

    Only `lost` may be corrected later, by the owner that was not lost after all.
    """
    with _writing(database(state)) as connection:
        connection.execute(
            "UPDATE runs SET status = ?, exit_code = ?, ended_at = ? "
            "WHERE id = ? AND status IN ('running', 'lost')",
            (status, exit_code, stamp(now), run_id),
        )


def note_start(state: Path, now: datetime) -> None:
    """Note that the loop begins."""
    with _writing(database(state)) as connection:
        connection.execute(
            "INSERT INTO starts VALUES (?, ?)", (stamp(now), os.getpid())
        )


def runs(state: Path) -> list[Run]:
    """All runs, oldest first. Nothing is created where there is no database."""
    query = f"SELECT {COLUMNS} FROM runs ORDER BY started_at, rowid"  # noqa: S608 - a constant
    return [Run(*row) for row in _rows(state, "runs", query)]


def open_runs(state: Path) -> list[Run]:
    """Runs without an end, oldest first. Nothing is created where there is no database."""
    return [run for run in runs(state) if run.status == "running"]


def last_runs(state: Path) -> dict[str, Run]:
    """The newest run of each job that ever ran. Nothing is created where there is no database."""
    return {run.job: run for run in runs(state)}


def last_slots(state: Path) -> dict[str, datetime]:
    """The newest slot of each job that ever ran by plan."""
    rows = _rows(
        state,
        "runs",
        "SELECT job, max(slot) FROM runs WHERE slot IS NOT NULL GROUP BY job",
    )
    return {job: datetime.fromisoformat(slot) for job, slot in rows}


def first_start(state: Path) -> datetime | None:
    """When the loop began for the first time."""
    rows = _rows(state, "starts", "SELECT min(at) FROM starts")
    return datetime.fromisoformat(rows[0][0]) if rows and rows[0][0] else None


def _writing(db: Path) -> AbstractContextManager[sqlite3.Connection]:
    """A connection in one transaction; makes the database at first use. StoreError if it cannot."""
    advice = "see that the disk has room and the folder can be written"
    return sqlite.writing(db, SCHEMA, advice)


def _rows(state: Path, table: str, query: str) -> list[tuple[Any, ...]]:
    """Rows of a query; none if the database or the table is not there yet. StoreError if it cannot
    be read.
    """
    advice = "if it is damaged, move it away: a new one is made"
    return sqlite.read_rows(database(state), table, query, advice)
