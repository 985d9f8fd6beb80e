"""Verdicts and approvals are appended, and nothing there is ever changed."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ops.deploy import verdicts
from ops.deploy.verdicts import Approval, Kept
from recsys.program.errors import StoreError
from tests.worlds import complains

NOW = datetime(2026, 3, 1, 5, 0, tzinfo=UTC)
HOLD = {"decision": "HOLD", "reasons": ["không tốt hơn"], "entry": {"year": 2026}}


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    db = tmp_path / "state/runner.db"
    assert verdicts.rows(db) == [] == verdicts.approvals(db)
    assert not db.exists()
    verdicts.append(db, "als-1", HOLD, NOW)
    verdicts.append(db, "als-2", {**HOLD, "decision": "REJECT"}, NOW)
    verdicts.append(db, "als-1", {**HOLD, "decision": "PROMOTE"}, NOW)
    assert verdicts.rows(db)[0] == Kept(NOW, "als-1", "HOLD", HOLD)
    latest = verdicts.latest(db, "als-1")
    assert latest is not None and latest.decision == "PROMOTE"
    assert list(latest.reasons) == ["không tốt hơn"]
    assert verdicts.latest(db, "als-3") is None
    approval = Approval(NOW, "als-1", "lan@shop", "ngày hội")
    verdicts.approve(db, approval)
    assert verdicts.approvals(db) == [approval]


@pytest.mark.parametrize("table", ["verdicts", "approvals"])
def test_nothing_is_changed_or_deleted(tmp_path: Path, table: str) -> None:
    db = tmp_path / "runner.db"
    verdicts.append(db, "als-1", HOLD, NOW)
    verdicts.approve(db, Approval(NOW, "als-1", "lan", "why"))
    with closing(sqlite3.connect(db)) as connection:
        for query in (f"UPDATE {table} SET model_id = 'x'", f"DELETE FROM {table}"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(query)


def test_a_torn_verdict_is_said(tmp_path: Path) -> None:
    db = tmp_path / "runner.db"
    verdicts.append(db, "als-1", HOLD, NOW)
    with closing(sqlite3.connect(db)) as connection:
        connection.execute("DROP TRIGGER verdicts_no_update")
        connection.execute("UPDATE verdicts SET verdict = '{'")
        connection.commit()
    with complains(StoreError, db, "restore it from a copy"):
        verdicts.rows(db)


def test_a_verdict_with_no_number_in_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        verdicts.append(
            tmp_path / "runner.db", "als-1", {**HOLD, "p": float("nan")}, NOW
        )
