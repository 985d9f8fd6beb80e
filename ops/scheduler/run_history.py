"""One row a run in state/runner.db, so that what ran, when and how it ended outlives the runner.

Tables and columns: ops/scheduler/run_tables.py. The deployment log (ops/deploy) keeps a table of
its own in the same file; neither touches the other's.
"""

import os
import secrets
import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ops.scheduler import run_tables
from recsys.files import sqlite

MONTH = timedelta(days=31)
INSTANCE = 5  # exit code: somebody else was at work, so the slot may be tried again


@dataclass(frozen=True)
class Run:
    """A row of `runs`."""

    id: str
    job: str
    slot: str | None
    attempt: int
    started_at: str
    ended_at: str | None
    pid: int | None
    owner: int
    status: str
    kind: str | None
    reason: str | None
    exit_code: int | None
    log: str


@dataclass(frozen=True)
class Missed:
    """A row of `missed`."""

    job: str
    slot: str
    reason: str
    noted_at: str


def database(state: Path) -> Path:
    """Where the runner's rows are kept."""
    return state / "runner.db"


def stamp(moment: datetime) -> str:
    """ISO 8601 UTC of fixed width, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


# ---- writing ----
def open_run(
    state: Path,
    job: str,
    slot: datetime | None,
    now: datetime,
    reason: str | None = None,
) -> Run | None:
    """The new row of a run that is about to begin, the next attempt at its slot; None if the slot
    is running or has been done.
    """
    name = f"{job}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
    planned = stamp(slot) if slot else None
    with run_tables.writing(database(state)) as connection:
        attempt = _next_attempt(connection, job, planned)
        if attempt is None:
            return None
        log = str(state / "logs" / f"{name}.log")
        row = (name, job, planned, attempt, stamp(now), None, None, os.getpid())
        run = Run(*row, "running", None, reason, None, log)
        marks = ", ".join("?" * len(run_tables.COLUMNS))
        values = [getattr(run, column) for column in run_tables.COLUMNS]
        connection.execute(f"INSERT INTO runs VALUES ({marks})", values)  # noqa: S608 - question marks
        if planned:
            for table in ("missed", "waiting"):
                connection.execute(
                    f"DELETE FROM {table} WHERE job = ? AND slot = ?",  # noqa: S608 - constants
                    (job, planned),
                )
        return run


def _next_attempt(
    connection: sqlite3.Connection, job: str, slot: str | None
) -> int | None:
    """1 and up; None if no other attempt at the slot may be made."""
    tried = connection.execute(
        "SELECT attempt, status, exit_code FROM runs WHERE job = ? AND slot = ?",
        (job, slot),
    ).fetchall()
    for _, status, code in tried:
        if status in ("running", "ok") or (status == "skipped" and code != INSTANCE):
            return None
    return 1 + max((attempt for attempt, _, _ in tried), default=0)


def set_pid(state: Path, run_id: str, pid: int) -> None:
    """Note which process a run became."""
    with run_tables.writing(database(state)) as connection:
        connection.execute("UPDATE runs SET pid = ? WHERE id = ?", (pid, run_id))


def close_run(
    state: Path,
    run_id: str,
    status: str,
    exit_code: int | None,
    now: datetime,
    kind: str | None = None,
    reason: str | None = None,
) -> None:
    """Note how a run ended; the `reason` is added to that of its beginning.

    Only `interrupted` may be corrected later, by the owner that was not gone after all; not so if
    the slot has been tried again since.
    """
    with run_tables.writing(database(state)) as connection:
        connection.execute(
            "UPDATE OR IGNORE runs SET status = ?, exit_code = ?, ended_at = ?, kind = ?, "
            "reason = CASE WHEN reason IS NULL OR status != 'running' THEN ? "
            "WHEN ? IS NULL THEN reason ELSE reason || '; ' || ? END "
            "WHERE id = ? AND status IN ('running', 'interrupted')",
            (status, exit_code, stamp(now), kind, reason, reason, reason, run_id),
        )


def note_start(state: Path, now: datetime) -> None:
    """Note that the loop begins."""
    with run_tables.writing(database(state)) as connection:
        connection.execute(
            "INSERT INTO starts VALUES (?, ?)", (stamp(now), os.getpid())
        )


def settle(
    state: Path,
    now: datetime,
    jobs: Collection[str],
    waits: Mapping[str, tuple[datetime, str | None]],
    reasons: Mapping[tuple[str, datetime], str],
) -> None:
    """Note, all or nothing, that `jobs` are settled up to now: which slot of a job `waits`, with
    why it runs, and which (job, slot) are missed. One that runs or went well is not missed.
    """
    missing = [
        (job, stamp(slot), why, stamp(now)) for (job, slot), why in reasons.items()
    ]
    with run_tables.writing(database(state)) as connection:
        connection.executemany(
            "INSERT OR IGNORE INTO missed SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS "
            "(SELECT 1 FROM runs WHERE job = ?1 AND slot = ?2 "
            "AND status IN ('running', 'ok', 'skipped'))",
            missing,
        )
        connection.executemany(
            "DELETE FROM waiting WHERE job = ? AND slot = ?",
            [(job, slot) for job, slot, _, _ in missing],
        )
        connection.executemany(
            "INSERT OR REPLACE INTO waiting VALUES (?, ?, ?)",
            [(job, stamp(slot), why) for job, (slot, why) in waits.items()],
        )
        connection.executemany(
            "INSERT INTO settled (job, until) VALUES (?1, ?2) ON CONFLICT (job) DO "
            "UPDATE SET until = max(until, ?2), ahead = iif(ahead > ?2, ahead, NULL)",
            [(job, stamp(now)) for job in jobs],
        )


def forget_waiting(state: Path, job: str, slot: datetime) -> None:
    """What waited has been seen to in another way."""
    with run_tables.writing(database(state)) as connection:
        connection.execute(
            "DELETE FROM waiting WHERE job = ? AND slot = ?", (job, stamp(slot))
        )


def set_back(state: Path, now: datetime) -> None:
    """After the clock was set back: slots that lie ahead of it again may run at their time. Where
    it stood is kept: if it goes there at once, what was settled is not looked at again.
    """
    with run_tables.writing(database(state)) as connection:
        connection.execute(
            "UPDATE settled SET ahead = max(until, ifnull(ahead, '')), until = ?1 "
            "WHERE until > ?1",
            (stamp(now),),
        )


# ---- reading: nothing is created where there is no database ----
def runs(state: Path) -> list[Run]:
    """All runs, oldest first."""
    return _runs(state, "")


def open_runs(state: Path) -> list[Run]:
    """Runs without an end, oldest first."""
    return _runs(state, "WHERE status = 'running'")


def last_runs(state: Path) -> dict[str, Run]:
    """The newest run of each job that ever ran."""
    return {run.job: run for run in runs(state)}


def last_attempts(state: Path, now: datetime) -> dict[str, Run]:
    """The last attempt at the newest slot of each job that ever ran by plan. A slot that lies ahead
    is of a clock that was set back since.
    """
    newest = (
        f"SELECT job, max(slot) FROM runs WHERE slot <= '{stamp(now)}' GROUP BY job"  # noqa: S608 - a time as stamp() writes it, no text of anybody
    )
    found = _runs(state, f"WHERE (job, slot) IN ({newest})")
    return {run.job: run for run in sorted(found, key=lambda run: run.attempt)}


def last_slots(state: Path) -> dict[str, datetime]:
    """The newest slot of each job that ever ran by plan."""
    query = "SELECT job, max(slot) FROM runs WHERE slot IS NOT NULL GROUP BY job"
    rows = _rows(state, "runs", query)
    return {job: datetime.fromisoformat(slot) for job, slot in rows}


def settled(state: Path, now: datetime) -> dict[str, datetime]:
    """Up to where each job is settled, seen from now.

    A clock that was wrong by more than a month (a machine that began in 1970) and is right again
    goes on where it stood; else the span is looked at again, and what has a row keeps it.
    """
    query, known = "SELECT job, until, ahead FROM settled", {}
    for job, *stamps in _rows(state, "settled", query):
        until, ahead = (datetime.fromisoformat(at or stamps[0]) for at in stamps)
        known[job] = ahead if now >= ahead > until + MONTH else until
    return known


def waiting(state: Path) -> list[tuple[str, datetime, str | None]]:
    """Job, slot and reason of what is due and has not begun, oldest slot first."""
    query = "SELECT job, slot, reason FROM waiting ORDER BY slot, job"
    rows = _rows(state, "waiting", query)
    return [(job, datetime.fromisoformat(slot), reason) for job, slot, reason in rows]


def missed(state: Path) -> list[Missed]:
    """All slots that were missed, oldest first."""
    query = "SELECT job, slot, reason, noted_at FROM missed ORDER BY slot, job"
    return [Missed(*row) for row in _rows(state, "missed", query)]


def first_start(state: Path) -> datetime | None:
    """When the loop began for the first time."""
    rows = _rows(state, "starts", "SELECT min(at) FROM starts")
    return datetime.fromisoformat(rows[0][0]) if rows and rows[0][0] else None


def _runs(state: Path, where: str) -> list[Run]:
    info = "SELECT name FROM pragma_table_info('runs')"
    found = {str(name) for (name,) in _rows(state, "runs", info)}
    chosen = ", ".join(run_tables.columns(found))
    query = f"SELECT {chosen} FROM runs {where} ORDER BY started_at, rowid"  # noqa: S608 - constants
    return [Run(*row) for row in _rows(state, "runs", query)]


def _rows(state: Path, table: str, query: str) -> list[tuple[Any, ...]]:
    """Rows of a query; none if the database or the table is not there yet. StoreError if it cannot
    be read.
    """
    advice = "if it is damaged, move it away: a new one is made"
    return sqlite.read_rows(database(state), table, query, advice)
