"""What people are to be told, written down first: one alert a cause until it is well again.

writes  state/alerts.db (SQLite, WAL): causes (what is ill now), notices (what was said, and
        whether it has left), deliveries (which receiver has which notice), settings

It stands in a file of its own, so that an alert never waits for the runner's rows. Nothing here
raises: an alert that cannot be written down is a line on stderr, and what called goes on. The
delivery (ops/alerts/send.py) is a process of its own.

A cause that is ill is told once; again only if it gets worse (warning, then critical). When it is
well that is told once, with the level that it had. News (a deployment, a verdict) are told each
time, and need no recovery.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from ops.alerts.plain import plain
from recsys.files import sqlite
from recsys.program.errors import UserError

Level = Literal["info", "warning", "critical"]
Kind = Literal["alert", "recovery", "news", "digest", "test"]
LEVELS: tuple[Level, ...] = ("info", "warning", "critical")

DATABASE = "alerts.db"
BUSY_MS = 5000  # an alert waits no longer for another program that writes
ADVICE = "move it away: a new one is made, and what is ill now is told again"
SCHEMA = """
CREATE TABLE IF NOT EXISTS causes (
    cause TEXT PRIMARY KEY,
    level TEXT NOT NULL,                -- the worst that was told since it is ill
    text TEXT NOT NULL,                 -- the newest
    since TEXT NOT NULL,                -- UTC, ISO 8601, as all times here
    last TEXT NOT NULL,
    times INTEGER NOT NULL);            -- so often it was found ill
CREATE TABLE IF NOT EXISTS notices (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    cause TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('alert', 'recovery', 'news', 'digest', 'test')),
    level TEXT NOT NULL CHECK (level IN ('info', 'warning', 'critical')),
    text TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'sent', 'kept')),
    next_at TEXT NOT NULL,              -- of an open one: not to be tried before
    tries INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '');   -- why it has not left, without secrets
CREATE INDEX IF NOT EXISTS open_notices ON notices (next_at) WHERE status = 'open';
CREATE TABLE IF NOT EXISTS deliveries (
    notice INTEGER NOT NULL, receiver TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (notice, receiver));
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
COLUMNS = "id, at, cause, kind, level, text, status, next_at, tries, reason"
KEEP_NOTICE = """
INSERT INTO notices (at, cause, kind, level, text, next_at) VALUES (?, ?, ?, ?, ?, ?)
"""
KEEP_CAUSE = """
INSERT INTO causes (cause, level, text, since, last, times) VALUES (?, ?, ?, ?, ?, 1)
ON CONFLICT (cause) DO UPDATE SET
    level = excluded.level, text = excluded.text, last = excluded.last, times = times + 1
"""
KEEP_SETTING = """
INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
DIGEST_AT = "digest_at"  # the setting: when the next digest is due
FURTHEST = timedelta(days=2)  # a digest that is due later was planned by another clock

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Cause:
    """What is ill now."""

    cause: str
    level: Level
    text: str
    since: str
    last: str
    times: int


@dataclass(frozen=True)
class Notice:
    """What was said; `kept`: not to be delivered, for its level or for want of a receiver."""

    id: int
    at: str
    cause: str
    kind: Kind
    level: Level
    text: str
    status: Literal["open", "sent", "kept"]
    next_at: str
    tries: int
    reason: str


def database(state: Path) -> Path:
    """Where alerts are kept."""
    return state / DATABASE


def stamp(moment: datetime) -> str:
    """ISO 8601 UTC of fixed width, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


# ---- what is said ----
def ill(
    state: Path,
    cause: str,
    level: Literal["warning", "critical"],
    text: str,
    now: datetime,
) -> None:
    """Something is wrong: told once a cause until it is `well`, again only if it gets worse."""

    def write(connection: sqlite3.Connection, line: str) -> None:
        told = connection.execute(
            "SELECT level FROM causes WHERE cause = ?", (cause,)
        ).fetchone()
        if told is None or LEVELS.index(level) > LEVELS.index(told[0]):
            _say(connection, cause, "alert", level, line, now)
        worst = max(level, told[0] if told else level, key=LEVELS.index)
        connection.execute(KEEP_CAUSE, (cause, worst, line, stamp(now), stamp(now)))

    _unless_refused(state, cause, text, write)


def well(state: Path, cause: str, text: str, now: datetime) -> None:
    """It is well: told if it was ill, else nothing is written."""
    if not is_ill(state, cause):
        return

    def write(connection: sqlite3.Connection, line: str) -> None:
        gone = "DELETE FROM causes WHERE cause = ? RETURNING level"
        for (level,) in connection.execute(gone, (cause,)).fetchall():
            _say(connection, cause, "recovery", level, line, now)

    _unless_refused(state, cause, text, write)


def news(state: Path, cause: str, level: Level, text: str, now: datetime) -> None:
    """Something has happened that people may want to know; told each time."""

    def write(connection: sqlite3.Connection, line: str) -> None:
        _say(connection, cause, "news", level, line, now)

    _unless_refused(state, cause, text, write)


def test(state: Path, text: str, now: datetime) -> int:
    """The number of a notice that is delivered whatever its level. StoreError if it cannot be."""
    with writing(state) as connection:
        return _say(connection, "test", "test", "info", plain(text), now)


def waiting(state: Path, now: datetime) -> bool:
    """Whether something is to be delivered (its back-off is over, or it was said before the clock
    was set back), or a digest is due.

    Makes no file; False if there is none, or if it cannot be read.
    """
    due = (
        "SELECT (SELECT count(*) FROM notices WHERE status = 'open' AND "
        "(next_at <= ?1 OR at > ?1)) + (SELECT count(*) FROM settings WHERE name = ?2 AND "
        "(value <= ?1 OR value > ?3))"
    )
    values = stamp(now), DIGEST_AT, stamp(now + FURTHEST)
    with suppress(sqlite3.Error, OSError), _reading(state) as connection:
        return bool(connection.execute(due, values).fetchone()[0])
    return False


def follow_clock(connection: sqlite3.Connection, now: datetime) -> None:
    """What was said by a clock that was set back since is said now, and leaves now: it would wait
    until the clock is there again, and its cause is told no second time.
    """
    said = "UPDATE notices SET at = ?1, next_at = ?1 WHERE status = 'open' AND at > ?1"
    connection.execute(said, (stamp(now),))


def remember(state: Path, name: str, value: str) -> None:
    """Keep what was told last under a name, so that the same is not told again."""

    def write(connection: sqlite3.Connection, _line: str) -> None:
        connection.execute(KEEP_SETTING, (name, value))

    _unless_refused(state, name, "what was told last", write)


def remembered(state: Path, name: str) -> str | None:
    """What is kept under a name. StoreError if the file cannot be read."""
    found = rows(state, "settings", "SELECT name, value FROM settings")
    return dict(found).get(name)


# ---- what was said ----
def is_ill(state: Path, cause: str) -> bool:
    """Whether a cause is ill now; True where that cannot be read, so that it is looked at."""
    try:
        with _reading(state) as connection:
            known = "SELECT 1 FROM causes WHERE cause = ?"
            return connection.execute(known, (cause,)).fetchone() is not None
    except FileNotFoundError:
        return False
    except (sqlite3.Error, OSError):
        return True


def causes(state: Path) -> list[Cause]:
    """What is ill now, the longest first. StoreError if the file cannot be read."""
    query = "SELECT cause, level, text, since, last, times FROM causes ORDER BY since"
    return [Cause(*row) for row in rows(state, "causes", query)]


def notices(state: Path) -> list[Notice]:
    """What was said, oldest first. StoreError if the file cannot be read."""
    query = f"SELECT {COLUMNS} FROM notices ORDER BY id"  # noqa: S608 - a constant
    return [Notice(*row) for row in rows(state, "notices", query)]


def rows(state: Path, table: str, query: str) -> Sequence[tuple[Any, ...]]:
    """Rows of a query; none if there is no file yet. StoreError if it cannot be read."""
    return sqlite.read_rows(database(state), table, query, ADVICE)


# ---- the file ----
@contextmanager
def writing(state: Path) -> Iterator[sqlite3.Connection]:
    """A connection in one transaction; file and tables are made. StoreError if it is refused."""
    path = database(state)
    with (
        sqlite.refusals_told(path, ADVICE),
        closing(sqlite.connect(path, create=True)) as connection,
    ):
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        with suppress(sqlite3.OperationalError):  # another process does it just now
            connection.execute("PRAGMA journal_mode = WAL")
        if not _is_made(connection):
            connection.executescript(SCHEMA)
        with sqlite.transaction(connection):
            yield connection


def _is_made(connection: sqlite3.Connection) -> bool:
    known = (
        "SELECT 1 FROM sqlite_master WHERE name = 'settings'"  # the last that is made
    )
    return connection.execute(known).fetchone() is not None


@contextmanager
def _reading(state: Path) -> Iterator[sqlite3.Connection]:
    path = database(state)
    if not path.exists():
        raise FileNotFoundError(path)
    with closing(sqlite.connect(path, read_only=True)) as connection:
        yield connection


def _unless_refused(
    state: Path,
    cause: str,
    text: str,
    write: Callable[[sqlite3.Connection, str], None],
) -> None:
    """Write in one transaction; a refusal is a line on stderr with what was to be said."""
    line = plain(text)
    try:
        with writing(state) as connection:
            write(connection, line)
    except UserError as error:
        log.warning("alert not written down (%s): %s: %s", error, cause, line)


def _say(
    connection: sqlite3.Connection,
    cause: str,
    kind: Kind,
    level: Level,
    line: str,
    now: datetime,
) -> int:
    values = stamp(now), cause, kind, level, line, stamp(now)
    return connection.execute(KEEP_NOTICE, values).lastrowid or 0
