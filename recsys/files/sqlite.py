"""SQLite files: one way to open them, and a transaction that is written whole or not at all."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from recsys.program import place
from recsys.program.errors import (
    DISK_ERRNOS,
    ConfigError,
    StoreDiskError,
    StoreError,
    UserError,
)

BUSY_S = 20.0  # to wait for another program that writes
DISK = (  # what the disk refuses: the file itself is sound
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
)
OF_A_URL = re.compile(r"\?|%[0-9A-Fa-f]{2}")
BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
SOUND = (
    "free some space, see that file and folder may be written, and run again; leave the file where "
    "it is: it is sound"
)
WAIT = "another program is writing to it: wait until that ends, then run again"


def connect(
    path: Path, create: bool = False, read_only: bool = False
) -> sqlite3.Connection:
    """A connection that writes each statement at once, unless it is in a `transaction`.

    create     make the file, and its folder, if it is missing
    read_only  refuse to write, and make no file: one that nobody writes has no -wal file, or an
               empty one (the disk is full), and `immutable` then keeps SQLite from making more

    sqlite3.OperationalError if the file is missing and not to be made, DiskError if its folder is
    behind a link to a share that is away.
    """
    if create:
        place.refuse_if_away(path.parent)
        path.parent.mkdir(parents=True, exist_ok=True)
    mode = "mode=rwc" if create else "mode=rw"
    if read_only:
        is_written = _size(path.with_name(f"{path.name}-wal")) > 0
        mode = "mode=ro" if is_written else "mode=ro&immutable=1"
    uri = f"{path.resolve().as_uri()}?{mode}"
    return sqlite3.connect(uri, timeout=BUSY_S, isolation_level=None, uri=True)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def address_of(path: Path, folder: Path) -> str:
    """The file as SQLAlchemy names it: from the root of the disk, or from `folder` where a name
    above has a sign that means something in a URL. ConfigError if it cannot be named.
    """
    there, here = path.resolve(), folder.resolve()
    if OF_A_URL.search(str(there)) and there.is_relative_to(here):
        there = there.relative_to(here)
    if odd := OF_A_URL.search(str(there)):
        raise ConfigError(
            f"{there}: {odd[0]} in a path cannot be opened from {here}; run from the project's own "
            f"folder, or rename it"
        )
    return f"sqlite:///{there}"


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

    `schema` is a script that changes nothing where it ran before. StoreError or DiskError as
    `refusals_told` has them.
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

    StoreError with the `advice` if the file cannot be read, DiskError if it is on a share that is
    away.
    """
    if not path.exists():
        place.refuse_if_away(path)
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
    """What SQLite or the disk refuse inside the block is one error: path, reason, next step.

    StoreDiskError if the disk is full or refuses, and StoreError if the file is torn (with the
    `advice`), or if another program keeps it busy: only a torn one may be moved away.
    """
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise _told(path, error, advice) from None


def _told(path: Path, error: sqlite3.Error | OSError, advice: str) -> UserError:
    if isinstance(error, OSError):
        if error.errno in DISK_ERRNOS:
            return StoreDiskError(f"{path}: {error.strerror}; {SOUND}")
        return StoreError(f"{path}: {error.strerror or error}; {SOUND}")
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in DISK:
        return StoreDiskError(f"{path}: {error}; {SOUND}")
    return StoreError(f"{path}: {error}; {WAIT if code in BUSY else advice}")
