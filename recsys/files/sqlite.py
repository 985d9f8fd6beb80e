"""SQLite files: one way to open them, and a transaction that is written whole or not at all."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from recsys.program.errors import StoreError

BUSY_S = 20.0  # to wait for another program that writes


def connect(
    path: Path, create: bool = False, read_only: bool = False
) -> sqlite3.Connection:
    """A connection that writes each statement at once, unless it is in a `transaction`.

    create     make the file, and its folder, if it is missing
    read_only  refuse to write, and make no file: one that nobody writes has no -wal file, and
               `immutable` then keeps SQLite from making one

    sqlite3.OperationalError if the file is missing and not to be made.
    """
    if create:
        path.parent.mkdir(parents=True, exist_ok=True)
    mode = "mode=rwc" if create else "mode=rw"
    if read_only:
        is_written = path.with_name(f"{path.name}-wal").exists()
        mode = "mode=ro" if is_written else "mode=ro&immutable=1"
    uri = f"{path.resolve().as_uri()}?{mode}"
    return sqlite3.connect(uri, timeout=BUSY_S, isolation_level=None, uri=True)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """The block's statements are written together when it ends well, none of them when not."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        with suppress(sqlite3.Error):  # a full disk has rolled it back already
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextmanager
def writing(path: Path, schema: str, advice: str) -> Iterator[sqlite3.Connection]:
    """A connection in one transaction; missing file and tables are made, in WAL mode.

    `schema` is a script that changes nothing where it ran before. StoreError with the `advice` for
    all that SQLite or the disk refuse.
    """
    with refusals_told(path, advice), closing(connect(path, create=True)) as connection:
        with suppress(
            sqlite3.OperationalError
        ):  # another process is switching it on just now
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.executescript(schema)
        with transaction(connection):
            yield connection


def read_rows(path: Path, table: str, query: str, advice: str) -> list[tuple[Any, ...]]:
    """Rows of a query; none if the file or the `table` is not there yet. Makes and changes nothing.

    StoreError with the `advice` if the file cannot be read.
    """
    if not path.exists():
        return []
    known = "SELECT 1 FROM sqlite_master WHERE name = ?"
    with (
        refusals_told(path, advice),
        closing(connect(path, read_only=True)) as connection,
    ):
        if connection.execute(known, (table,)).fetchone() is None:
            return []
        return connection.execute(query).fetchall()


@contextmanager
def refusals_told(path: Path, advice: str) -> Iterator[None]:
    """What SQLite or the disk refuse inside the block is one StoreError: path, reason, advice."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"{path}: {error}; {advice}") from None
