import sqlite3
from contextlib import closing
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

from ops.scheduler import run_history, run_tables

NOW = datetime(2026, 3, 1, 19, 0, tzinfo=UTC)
OLD = """
CREATE TABLE runs (
    id TEXT PRIMARY KEY, job TEXT NOT NULL, slot TEXT, started_at TEXT NOT NULL, ended_at TEXT,
    pid INTEGER, owner INTEGER NOT NULL, status TEXT NOT NULL, exit_code INTEGER, log TEXT NOT NULL,
    UNIQUE (job, slot));
CREATE TABLE deployments (id);
INSERT INTO deployments VALUES (7);
INSERT INTO runs VALUES ('a', 'train', '2026-03-01T00:00:00.000+00:00',
    '2026-03-01T00:00:01.000+00:00', NULL, 5, 4, 'lost', NULL, 'a.log');
INSERT INTO runs VALUES ('b', 'train', NULL, '2026-03-01T00:00:02.000+00:00', NULL, 5, 4, 'ok', 0,
    'b.log');
"""
FIRST = run_history.Run(
    id="a",
    job="train",
    slot="2026-03-01T00:00:00.000+00:00",
    attempt=1,
    started_at="2026-03-01T00:00:01.000+00:00",
    ended_at=None,
    pid=5,
    owner=4,
    status="interrupted",
    kind=None,
    reason=None,
    exit_code=None,
    log="a.log",
)


def old_database(state: Path) -> None:
    with closing(sqlite3.connect(state / "runner.db")) as connection:
        connection.executescript(OLD)


def test_a_run_has_the_columns_of_the_table() -> None:
    assert tuple(entry.name for entry in fields(run_history.Run)) == run_tables.COLUMNS


def test_an_old_database_is_read_as_it_is(tmp_path: Path) -> None:
    old_database(tmp_path)
    before = (tmp_path / "runner.db").read_bytes()
    found = run_history.runs(tmp_path)
    assert found[0] == FIRST
    assert [run.id for run in found] == ["a", "b"]
    assert run_history.missed(tmp_path) == []
    assert run_history.settled(tmp_path) == {}
    assert (tmp_path / "runner.db").read_bytes() == before


def test_an_old_database_becomes_a_new_one_when_it_is_written(tmp_path: Path) -> None:
    old_database(tmp_path)
    slot = datetime(2026, 3, 1, tzinfo=UTC)
    run = run_history.open_run(tmp_path, "train", slot, NOW)
    assert run
    assert run.attempt == 2
    assert run_history.runs(tmp_path)[0] == FIRST
    assert [each.id for each in run_history.runs(tmp_path)] == ["a", "b", run.id]
    with closing(sqlite3.connect(tmp_path / "runner.db")) as connection:
        assert connection.execute("SELECT id FROM deployments").fetchall() == [(7,)]
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        )
        assert ("old_runs",) not in tables.fetchall()
