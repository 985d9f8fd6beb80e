"""Free room is given back, and rows stay."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ops.cleanup import databases
from ops.cleanup.broom import Broom


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A file of which nearly all is free."""
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE rows (number, text)")
        rows = [(number, "x" * 1000) for number in range(500)]
        connection.executemany("INSERT INTO rows VALUES (?, ?)", rows)
        connection.commit()
        connection.execute("DELETE FROM rows WHERE number")
    return path


def given_back(path: Path, dry_run: bool = False) -> list[str]:
    said: list[str] = []
    databases.give_back(path, Broom(dry_run, said.append), least=1000)
    return said


def test_free_room_goes_and_rows_stay(database: Path) -> None:
    size = database.stat().st_size
    before = database.read_bytes()
    assert "would remove free room" in given_back(database, dry_run=True)[0]
    assert database.read_bytes() == before
    assert "removed free room" in given_back(database)[0]
    assert database.stat().st_size < size / 10
    assert given_back(database) == []
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT number FROM rows").fetchall() == [(0,)]


def test_one_that_is_written_to_stays(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases.sqlite, "BUSY_S", 0.05)
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "stays for now" in given_back(database)[0]


@pytest.mark.parametrize("content", [None, b"", b"garbage" * 999])
def test_what_is_no_database_has_no_free_room(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "b.db"
    if content is not None:
        path.write_bytes(content)
    assert given_back(path) == []
