"""The new rows of a table as a drop in data/staging.

reads   a database
writes  data/staging/sql-*.csv      a drop of the contract's form; intake seals it as any other
        state/sql/                  what is looked at again the next time

First the drop is written beside, then what is looked at again after it, then the drop is renamed
into its place: ops/sql/taken.py says why no kill loses or doubles a row.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from ops.sql import statements, taken
from ops.sql.database import Database, opened
from ops.sql.window import Position, Window, digest_of
from recsys.files.atomic import fsync_folder
from recsys.program.errors import ConfigError, DataError
from recsys.source.foreign_file import Row
from recsys.source.params import SqlRows
from recsys.source.translate import Counts, translate_rows
from recsys.source.unread import HEAD, fault_of

DESK = ".sql"  # in data/staging: what is being written


@dataclass(frozen=True)
class Places:
    """Where drops are made, sealed and remembered."""

    staging: Path
    batches: Path
    state: Path


@dataclass(frozen=True)
class Seen:
    """What a look at a table tells: rows without a cursor, new ones (about, of a cursor of times),
    and those that came where all had been taken: later than `overlap` bears.
    """

    nameless: int
    waiting: int
    too_late: int


@dataclass(frozen=True)
class Pulled:
    """What was taken of a table: `drop` is "" if nothing was new; `late` rows came below the former
    highest cursor, `read` ones were looked at.
    """

    drop: str
    rows: int
    late: int
    read: int
    counts: Counts
    seen: Seen


def look(entry: SqlRows, places: Places) -> Seen:
    """What is new, nothing written."""
    last = taken.last_of(taken.key_of(entry), places.staging, places.batches)
    before = taken.position_after(last, entry.overlap, places.state)
    with opened(entry.url, places.state) as found:
        _columns(entry, found)
        return _seen(entry, found, before)[0]


def pull(entry: SqlRows, places: Places, *, again: bool = False) -> Pulled:
    """Take the new rows of a table; `again`: all of them.

    ConfigError, StoreError: see `database.opened`; DataError if the cursor is none, or a column
    that is not read says that rows are no purchases.
    """
    key = taken.key_of(entry)
    last = taken.last_of(key, places.staging, places.batches)
    before = taken.position_after(last, entry.overlap, places.state)
    if last:
        taken.forget(key, last.name, places.state)
    if again:
        before = Position()
    with opened(entry.url, places.state) as found:
        columns = _columns(entry, found)
        seen, below = _seen(entry, found, before)
        if seen.too_late:
            before, below = Position(), 0
        unread = _unread(entry, found, columns)
        rows = found.rows(
            statements.new_rows(entry, [*columns, *unread], before.low, found.to_text)
        )
        window = Window(before, entry.overlap)
        counter = _Counter(columns, window, entry, unread)
        with _desk(places.staging, key) as out:
            done = translate_rows(counter.new_of(rows), entry, out)
            counter.check()
        after = _as_compared(entry, found, columns, window.after(below))
    if counter.new:
        number = 1 + (last.number if last else 0)
        name = _finish(entry, places, number, before.low, after)
    else:
        name = ""
        _unfinished(places.staging, key).unlink()
    return Pulled(name, counter.new, window.late, counter.read, done.counts, seen)


def _columns(entry: SqlRows, found: Database) -> list[str]:
    """The columns that are read: the cursor, then those of the mapping. ConfigError if one is
    missing.
    """
    there = found.columns(statements.no_rows(entry.query))
    wanted = dict.fromkeys([entry.cursor, *filter(None, entry.columns)])
    missing = [column for column in wanted if column not in there]
    if missing:
        raise ConfigError(
            f"source.sql, {entry.query[:60]!r}: no column {missing[0]!r} (found: "
            f"{', '.join(there)[:300]}); correct params.yaml, or run "
            f"`python runner.py init --sql` again"
        )
    return list(wanted)


def _unread(entry: SqlRows, found: Database, columns: Sequence[str]) -> list[str]:
    """The other columns of a table of purchases, which may say of a row that it is none."""
    if entry.rating or entry.event or entry.ignored is None:
        return []
    known = {*columns, *entry.ignored}
    there = found.columns(statements.no_rows(entry.query))
    return [name for name in dict.fromkeys(there) if name and name not in known]


def _seen(entry: SqlRows, found: Database, before: Position) -> tuple[Seen, int]:
    """What a look tells, and how many rows stand at or below `low`."""
    statement = statements.counts(entry, before.low, found.to_text)
    nameless, below, above = map(int, next(iter(found.rows(statement))))
    too_late = max(0, below - before.below) if before.low and before.below >= 0 else 0
    waiting = max(0, above - len(before.seen)) + too_late
    return Seen(nameless, waiting, too_late), below


def _as_compared(
    entry: SqlRows, found: Database, columns: Sequence[str], after: Position
) -> Position:
    """The position with the rows that the database itself finds above and below `low`: SQLite
    compares times, and numbers in a column of text, as texts.
    """
    if not after.low:
        return after
    rows = found.rows(statements.new_rows(entry, columns, after.low, found.to_text))
    seen = frozenset(digest_of([cells[0], *cells]) for cells in rows)
    return replace(after, below=_seen(entry, found, after)[1], seen=seen)


class _Counter:
    """The rows that are new, as rows of a file."""

    def __init__(
        self,
        columns: Sequence[str],
        window: Window,
        entry: SqlRows,
        unread: Sequence[str],
    ) -> None:
        self.at = [columns.index(name) if name else -1 for name in entry.columns]
        self.window, self.width = window, len(columns)
        self.entry = entry
        self.unread: dict[str, list[str]] = {name: [] for name in unread}
        self.read = self.new = 0

    def new_of(self, rows: Iterator[list[str]]) -> Iterator[Row]:
        """The new ones of all rows that are read."""
        for all_cells in rows:
            cells, others = all_cells[: self.width], all_cells[self.width :]
            self.read += 1
            if self.window.is_new(cells[0], cells):
                self.new += 1
                for kept, cell in zip(self.unread.values(), others, strict=True):
                    if self.new <= HEAD:
                        kept.append(cell)
                found = [cells[at] if at >= 0 else "" for at in self.at]
                yield Row(self.new, "\t".join(found), found)

    def check(self) -> None:
        """DataError if a column that is not read says that new rows are no purchases."""
        label = statements.label_of(self.entry.query)
        if fault := fault_of(self.unread, self.entry, label):
            raise DataError(f"{label}: {fault}")


@contextmanager
def _desk(staging: Path, key: str) -> Iterator[BinaryIO]:
    """The file that a drop is written to before it is one; it goes if that fails."""
    path = _unfinished(staging, key)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _unfinished(staging: Path, key: str) -> Path:
    return staging / DESK / f"{key}.csv"


def _finish(
    entry: SqlRows, places: Places, number: int, start: str, after: Position
) -> str:
    """Bring the drop into its place; its name."""
    key, label = taken.key_of(entry), statements.label_of(entry.query)
    name = taken.name_of(label, key, number, start, after.end)
    if not taken.NAME.fullmatch(name) or len(name) > 200:
        raise DataError(f"{name[:200]}: no name of a drop; take another cursor")
    taken.keep(name, after, places.state)
    _unfinished(places.staging, key).rename(places.staging / name)
    fsync_folder(places.staging)
    taken.forget(key, name, places.state)
    return name
