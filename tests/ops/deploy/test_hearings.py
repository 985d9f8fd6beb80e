"""What the court has heard is appended and read again."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from ops.deploy import hearings
from ops.deploy.hearings import Heard
from recsys.program.errors import StoreError
from recsys.statistics import court
from recsys.statistics.court import Hearing
from tests.worlds import complains

NOW, UNTIL = (datetime(2026, 3, day, 5, 0, tzinfo=UTC) for day in (2, 1))


def heard() -> Heard:
    one = Hearing(2026, "als-1", "als-0", np.full(30, 0.5), np.full(30, 0.25))
    case = court.heard(
        court.opened("former", one), one, court.Params(level=0.05, fewest_users=20)
    )
    return Heard(NOW, UNTIL, {"former": case})


def test_the_newest_hearing_is_read_again(tmp_path: Path) -> None:
    db = tmp_path / "state/runner.db"
    assert hearings.last(db) is None
    assert not db.exists()
    hearings.append(db, Heard(NOW, UNTIL, {}))
    hearings.append(db, heard())
    assert hearings.last(db) == heard()
    with closing(sqlite3.connect(db)) as connection:
        for query in ("UPDATE hearings SET at = 'x'", "DELETE FROM hearings"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(query)


@pytest.mark.parametrize("text", ["{", "[]", '{"former": {}}', '{"former": 4}'])
def test_a_torn_hearing_is_said(tmp_path: Path, text: str) -> None:
    db = tmp_path / "runner.db"
    hearings.append(db, heard())
    with closing(sqlite3.connect(db)) as connection:
        connection.execute("DROP TRIGGER hearings_no_update")
        connection.execute("UPDATE hearings SET cases = ?", (text,))
        connection.commit()
    with complains(StoreError, db, "restore it from a copy"):
        hearings.last(db)
