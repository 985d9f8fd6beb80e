"""What was served is appended, and written down for the stage drift."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from ops.deploy import served
from ops.deploy.served import Between
from recsys.drift import served as drift_served

FIRST = Between("2026-03-01T00:00:00+00:00", "2026-03-08T00:00:00+00:00", "ndcg_at_10")
SECOND = Between(FIRST.until, "2026-03-15T00:00:00+00:00", "ndcg_at_10")


def test_each_hearing_is_a_line_of_the_file(tmp_path: Path) -> None:
    db, data = tmp_path / "state/runner.db", tmp_path / "data"
    values = np.array([0.0, 1.0, 0.5, 0.5])
    served.note(db, data, FIRST, "als-1", values, values / 2)
    served.note(db, data, SECOND, "als-2", values[:1], values[:1])
    first, second = drift_served.read(data / "reference")
    assert (first.model_id, first.users, first.mean, first.popularity) == (
        *("als-1", 4, 0.5, 0.25),
    )
    assert first.error == pytest.approx(values.std(ddof=1) / 2)
    assert (second.since, second.error) == (FIRST.until, 1.0)  # one user says little
    assert served.rows(db) == [first, second]
    with closing(sqlite3.connect(db)) as connection:
        for query in ("UPDATE served SET mean = 1", "DELETE FROM served"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(query)


def test_before_any_hearing_there_is_none(tmp_path: Path) -> None:
    assert served.rows(tmp_path / "runner.db") == []
    served.write(tmp_path / "runner.db", tmp_path / "data")
    assert drift_served.read(tmp_path / "data/reference") == []
