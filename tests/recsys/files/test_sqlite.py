"""Rows are written all or none, read without leaving a trace, and refusals are one line."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from recsys.files import sqlite
from recsys.program.errors import (
    ConfigError,
    DiskError,
    StoreDiskError,
    StoreError,
)
from tests.worlds import complains, snapshot

SCHEMA = "CREATE TABLE IF NOT EXISTS numbers (number INTEGER PRIMARY KEY);"
ADVICE = "move it away"


def add(path: Path, *numbers: int) -> None:
    with sqlite.writing(path, SCHEMA, ADVICE) as connection:
        for number in numbers:
            connection.execute("INSERT INTO numbers VALUES (?)", (number,))


def numbers_in(path: Path) -> list[int]:
    query = "SELECT number FROM numbers ORDER BY number"
    return [number for (number,) in sqlite.read_rows(path, "numbers", query, ADVICE)]


def test_folder_file_and_table_are_made_at_the_first_write(tmp_path: Path) -> None:
    path = tmp_path / "state" / "rows.db"
    add(path, 1, 2)
    add(path, 3)
    assert numbers_in(path) == [1, 2, 3]
    with closing(sqlite.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_block_that_fails_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rows.db"
    add(path, 1)
    with (
        pytest.raises(ZeroDivisionError),
        sqlite.writing(path, SCHEMA, ADVICE) as connection,
    ):
        connection.execute("INSERT INTO numbers VALUES (2)")
        1 / 0  # noqa: B018 - any error
    assert numbers_in(path) == [1]


def test_a_kill_in_the_block_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rows.db"
    add(path, 1)
    script = (
        "import os, pathlib, sys\n"
        "from recsys.files import sqlite\n"
        "with sqlite.writing(pathlib.Path(sys.argv[1]), '', '') as connection:\n"
        "    connection.execute('INSERT INTO numbers VALUES (2)')\n"
        "    os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", script, path], cwd=ROOT, check=False)
    assert done.returncode == -9
    assert numbers_in(path) == [1]
    add(path, 3)
    assert numbers_in(path) == [1, 3]


def test_what_sqlite_refuses_is_one_line_with_the_advice(tmp_path: Path) -> None:
    path = tmp_path / "rows.db"
    add(path, 1)
    with complains(StoreError, path, "UNIQUE constraint failed", ADVICE):
        add(path, 1)
    path.write_bytes(b"not a database, and long enough to be looked at" * 40)
    with complains(StoreError, path, "file is not a database", ADVICE):
        numbers_in(path)
    with complains(StoreError, path, "file is not a database", ADVICE):
        add(path, 2)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with complains(
        StoreError, tmp_path / "state" / "rows.db", "File exists", "leave the file"
    ):
        add(tmp_path / "state" / "rows.db", 1)


def test_a_folder_on_a_share_that_is_away_is_no_empty_one(tmp_path: Path) -> None:
    (tmp_path / "state").symlink_to(tmp_path / "share")
    path = tmp_path / "state" / "rows.db"
    for action in (lambda: add(path, 1), lambda: numbers_in(path)):
        with complains(DiskError, "state: a link to", "which is not there", "bring it"):
            action()


def test_reading_makes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rows.db"
    assert numbers_in(path) == []
    assert list(tmp_path.iterdir()) == []
    add(path, 1)
    before = snapshot(tmp_path)
    assert numbers_in(path) == [1]
    assert sqlite.read_rows(path, "others", "SELECT 1 FROM others", ADVICE) == []
    assert snapshot(tmp_path) == before


def test_reading_sees_what_a_writer_has_not_yet_moved_out_of_its_wal(
    tmp_path: Path,
) -> None:
    path = tmp_path / "rows.db"
    add(path, 1)
    with closing(sqlite.connect(path)) as other:
        other.execute("INSERT INTO numbers VALUES (2)")
        assert path.with_name("rows.db-wal").stat().st_size
        assert numbers_in(path) == [1, 2]


def test_a_connection_makes_no_file_unless_it_is_told_to(tmp_path: Path) -> None:
    path = tmp_path / "rows.db"
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        sqlite.connect(path)
    assert list(tmp_path.iterdir()) == []
    with closing(sqlite.connect(path, create=True)) as connection:
        connection.execute(SCHEMA)
    with (
        closing(sqlite.connect(path, read_only=True)) as connection,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        connection.execute("INSERT INTO numbers VALUES (1)")


def test_one_that_waits_too_long_for_another_writer_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rows.db"
    add(path, 1)
    monkeypatch.setattr(sqlite, "BUSY_S", 0.05)
    with (
        closing(sqlite.connect(path)) as other,
        sqlite.transaction(other),
        complains(StoreError, path, "database is locked", "wait until that ends"),
    ):
        add(path, 2)
    add(path, 2)
    assert numbers_in(path) == [1, 2]


def test_names_with_signs_of_an_address_are_names(tmp_path: Path) -> None:
    path = tmp_path / "50 %?mode=memory#.db"
    add(path, 1)
    assert path.is_file()
    assert numbers_in(path) == [1]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (sqlite3.SQLITE_FULL, "database or disk is full"),
        (sqlite3.SQLITE_IOERR | 3 << 8, "disk I/O error"),
        (sqlite3.SQLITE_READONLY, "attempt to write a readonly database"),
        (sqlite3.SQLITE_CANTOPEN, "unable to open database file"),
    ],
)
def test_what_the_disk_refuses_is_not_the_files_fault(code: int, text: str) -> None:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    with (
        complains(StoreDiskError, "rows.db", text, "it is sound"),
        sqlite.refusals_told(Path("rows.db"), ADVICE),
    ):
        raise error


def test_a_full_disk_is_told_by_name_and_nothing_is_lost(tmp_path: Path) -> None:
    """The system refuses to let any file of the process grow beyond 64 KB."""
    path = tmp_path / "rows.db"
    add(path, 1)
    program = (
        "import resource, sys; from pathlib import Path; from recsys.files import sqlite\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))\n"
        "with sqlite.writing(Path(sys.argv[1]), '', 'move it away') as database:\n"
        "    database.execute('CREATE TABLE texts (text)')\n"
        "    for _ in range(9): database.execute('INSERT INTO texts VALUES (?)', ['x' * 30000])"
    )
    wrapped = f"""
from recsys.program.command_line import exit_code_of
import sys
def action():
    exec({program!r})
sys.exit(exit_code_of(action))
"""
    done = subprocess.run(
        [sys.executable, "-c", wrapped, path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 8, done.stderr
    assert str(path) in done.stderr and "move it away" not in done.stderr
    assert done.stderr.count("\n") == 1
    assert numbers_in(path) == [1]


@pytest.mark.parametrize("name", ["a?b", "50% off", "a%20b", "a#b", "a 'b\""])
def test_sqlalchemy_opens_a_file_below_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    import sqlalchemy

    path = tmp_path / name / "rows.db"
    add(path, 1)
    monkeypatch.chdir(path.parent)
    engine = sqlalchemy.create_engine(sqlite.address_of(path, Path.cwd()))
    with engine.connect() as connection:
        found = connection.execute(sqlalchemy.text("SELECT * FROM numbers")).all()
    engine.dispose()
    assert [tuple(row) for row in found] == [(1,)]
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_a_path_that_no_url_can_hold_is_refused_by_name(tmp_path: Path) -> None:
    with complains(ConfigError, "a?b", "rename"):
        sqlite.address_of(tmp_path / "a?b" / "rows.db", tmp_path / "elsewhere")
