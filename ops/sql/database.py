"""A database that is only read: PostgreSQL by ADBC, SQLite by Python's own library. All that is
read in one block is of one moment.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from ops.sql.address import file_of, password_of, with_password, without_secret
from recsys.program.errors import ConfigError, StoreError, in_one_line
from recsys.source.values import value_text

BLOCK = 5_000  # rows; SQLite
INSTALL = ".venv/bin/python -m pip install 'adbc-driver-postgresql>=1.13,<2'"
SET_IT = "write it into state/sql.password (mode 600), or set SHOP_SQL_PASSWORD"
_ONE_MOMENT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
_PLAIN = "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'"


class Database(Protocol):
    """What is asked of a database. `to_text` stands behind a column whose text is wanted."""

    to_text: str

    def columns(self, statement: str) -> list[str]:
        """The columns of what a statement gives."""

    def rows(self, statement: str) -> Iterator[list[str]]:
        """The rows of what a statement gives, a missing value as ""."""


@contextmanager
def opened(url: str, state: Path) -> Iterator[Database]:
    """The database of a URL. ConfigError if its library is not installed, or it does not know what
    is asked for; StoreError if it cannot be reached.
    """
    if urlsplit(url).scheme == "sqlite":
        with _sqlite(url) as found:
            yield found
        return
    password = password_of(state)
    with _postgres(url, password) as found:
        yield found


# ---- SQLite ----
class _Sqlite:
    to_text = ""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def columns(self, statement: str) -> list[str]:
        cursor = self.connection.execute(statement)
        return [column[0] for column in cursor.description]

    def rows(self, statement: str) -> Iterator[list[str]]:
        cursor = self.connection.execute(statement)
        while block := cursor.fetchmany(BLOCK):
            for row in block:
                yield list(map(_text, row))


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return value_text(value)


@contextmanager
def _sqlite(url: str) -> Iterator[_Sqlite]:
    path = file_of(url, Path())
    if not path.is_file():
        raise StoreError(f"{path}: no such file; mend the URL, or bring the file back")
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    connection.text_factory = lambda data: data.decode("utf-8", "backslashreplace")
    try:
        connection.execute("BEGIN")
        yield _Sqlite(connection)
    except sqlite3.DatabaseError as error:
        is_busy = "locked" in str(error) or "busy" in str(error)
        kind = StoreError if is_busy or not _is_asked_wrong(error) else ConfigError
        raise kind(f"{path}: {in_one_line(error)}; {_todo(kind)}") from None
    finally:
        connection.close()


def _is_asked_wrong(error: sqlite3.Error) -> bool:
    return error.sqlite_errorname == "SQLITE_ERROR"


def _todo(kind: type[Exception]) -> str:
    if kind is ConfigError:
        return "correct query and columns in section source of params.yaml"
    return "run it again when the database can be read"


# ---- PostgreSQL ----
class _Postgres:
    to_text = "::text"

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def columns(self, statement: str) -> list[str]:
        with self.connection.cursor() as cursor:
            cursor.execute(statement)
            return [column[0] for column in cursor.description]

    def rows(self, statement: str) -> Iterator[list[str]]:
        with self.connection.cursor() as cursor:
            cursor.execute(statement)
            for batch in cursor.fetch_record_batch():
                texts = [_texts(column) for column in batch.columns]
                yield from map(list, zip(*texts, strict=True))


def _texts(column: Any) -> list[str]:
    return [value or "" for value in column.to_pylist()]


@contextmanager
def _postgres(url: str, password: str) -> Iterator[_Postgres]:
    try:
        from adbc_driver_postgresql import dbapi
    except ImportError:
        raise ConfigError(
            f"PostgreSQL needs a package that is not installed; run `{INSTALL}`"
        ) from None
    place = urlsplit(url).hostname or "PostgreSQL"
    try:
        with dbapi.connect(with_password(url, password)) as connection:
            with connection.cursor() as cursor:
                for statement in (_ONE_MOMENT, *_PLAIN.split("; ")):
                    cursor.execute(statement)
            yield _Postgres(connection)
    except dbapi.Error as error:
        said = without_secret(in_one_line(error, 300), password)
        state = getattr(error, "sqlstate", None) or ""
        kind = ConfigError if state.startswith("42") else StoreError
        todo = SET_IT if "password" in said else _todo(kind)
        raise kind(f"{place}: {said}; {todo}") from None
