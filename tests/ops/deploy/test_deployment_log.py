"""The table of deployments: what is written is read again, and nothing is ever changed."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops.deploy import deployment_log, production
from ops.deploy.deployment_log import Intent
from recsys.program.errors import StoreError

NOW = datetime(2026, 3, 1, tzinfo=UTC)
WRITES = """
import datetime, pathlib, sys
from ops.deploy import deployment_log
for number in range(20):
    intent = deployment_log.Intent("promote", "als-1", number, None, None, None)
    deployment_log.begin(pathlib.Path(sys.argv[1]), intent, datetime.datetime.now(datetime.UTC))
"""
LOADED = """
import sys
from ops.deploy import deployment_log
print([name for name in ("mlflow", "pandas", "numpy") if name in sys.modules])
"""


def _intent(model="als-1", action="promote"):
    return Intent(action, model, 1, None, None, NOW)


def test_round_trip(tmp_path):
    db = tmp_path / "state" / "runner.db"
    first = deployment_log.begin(db, _intent(), NOW)
    deployment_log.finish(db, first, "pending", "offline", NOW + timedelta(minutes=1))
    deployment_log.confirm(db, first, "verified", "it serves", NOW + timedelta(days=1))
    second = deployment_log.begin(
        db, Intent("promote", "als-2", 2, "als-1", 1, None), NOW + timedelta(days=2)
    )
    written = [
        (row.id, row.action, row.model_id, row.status, row.intent)
        for row in deployment_log.rows(db)
    ]
    assert written == [
        (1, "promote", "als-1", "started", None),
        (2, "promote", "als-1", "pending", 1),
        (3, "confirm", "als-1", "verified", 1),
        (4, "promote", "als-2", "started", None),
    ]
    rows = deployment_log.rows(db)
    assert production.in_production(rows) == production.Deployment(
        1, NOW, "promote", "als-1", 1, None, None, "verified", "it serves", NOW
    )
    assert production.interrupted(rows).id == second


def test_reading_creates_nothing(tmp_path):
    db = tmp_path / "state" / "runner.db"
    assert deployment_log.rows(db) == []
    assert list(tmp_path.iterdir()) == []


def test_reading_leaves_the_files_as_they_are(tmp_path):
    db = tmp_path / "runner.db"
    deployment_log.begin(db, _intent(), NOW)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert len(deployment_log.rows(db)) == 1
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_database_of_the_runner_without_deployments(tmp_path):
    db = tmp_path / "runner.db"
    with closing(sqlite3.connect(db)) as connection:
        connection.execute("CREATE TABLE runs (id TEXT)")
    assert deployment_log.rows(db) == []


OLD = """
CREATE TABLE deployments (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('promote', 'rollback', 'confirm')),
    model_id TEXT NOT NULL, version INTEGER NOT NULL,
    former_model_id TEXT, former_version INTEGER,
    status TEXT NOT NULL CHECK (status IN ('started', 'promoted', 'verified', 'pending', 'failed')),
    detail TEXT NOT NULL DEFAULT '', model_created_at TEXT,
    intent INTEGER REFERENCES deployments (id)
);
CREATE TRIGGER deployments_no_update BEFORE UPDATE ON deployments
    BEGIN SELECT RAISE(ABORT, 'deployments is append-only'); END;
CREATE TRIGGER deployments_no_delete BEFORE DELETE ON deployments
    BEGIN SELECT RAISE(ABORT, 'deployments is append-only'); END;
INSERT INTO deployments VALUES
    (3, '2026-01-01T00:00:00+00:00', 'promote', 'als-0', 1, NULL, NULL, 'started', '', NULL, NULL),
    (7, '2026-01-01T00:00:01+00:00', 'promote', 'als-0', 1, NULL, NULL, 'promoted', 'd', NULL, 3);
"""


def test_a_log_of_before_there_was_who_is_read_and_goes_on(tmp_path):
    db = tmp_path / "runner.db"
    with closing(sqlite3.connect(db)) as connection:
        connection.executescript(OLD)
    before = db.read_bytes()
    old = deployment_log.rows(db)
    assert [(row.id, row.status, row.who) for row in old] == [
        (3, "started", ""),
        (7, "promoted", ""),
    ]
    assert db.read_bytes() == before
    deployment_log.release(db, "als-0", 1, "by hand", NOW, "lan@shop")
    rows = deployment_log.rows(db)
    assert rows[:2] == old
    assert (rows[2].id, rows[2].action, rows[2].who) == (8, "release", "lan@shop")
    with (
        closing(sqlite3.connect(db)) as connection,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        connection.execute("DELETE FROM deployments")


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM deployments", "UPDATE deployments SET status = 'verified'"],
)
def test_the_database_refuses_to_change_or_delete(tmp_path, statement):
    db = tmp_path / "runner.db"
    deployment_log.begin(db, _intent(), NOW)
    with (
        closing(sqlite3.connect(db)) as connection,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        connection.execute(statement)


def test_outcome_of_an_unknown_intent(tmp_path):
    with pytest.raises(StoreError, match="no deployment 7"):
        deployment_log.finish(tmp_path / "runner.db", 7, "failed", "", NOW)


def test_a_file_that_is_no_database(tmp_path):
    db = tmp_path / "runner.db"
    db.write_text("no database at all, but long enough to be looked at" * 100)
    with pytest.raises(StoreError, match=r"runner\.db.*restore it"):
        deployment_log.rows(db)


def test_processes_that_write_at_once_lose_nothing(tmp_path):
    db = tmp_path / "runner.db"
    children = [
        subprocess.Popen(
            [sys.executable, "-c", WRITES, str(db)], cwd=Path(__file__).parents[3]
        )
        for _ in range(3)
    ]
    assert [child.wait() for child in children] == [0, 0, 0]
    assert len(deployment_log.rows(db)) == 60


def test_the_log_is_light():
    done = subprocess.run(
        [sys.executable, "-c", LOADED],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout.strip() == "[]"
