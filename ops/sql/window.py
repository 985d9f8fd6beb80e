"""Which rows of a table are new, though some come late.

A cursor is a column that grows: a number that counts up, or the time of the last change. Rows do
not appear in its order: who got number 5 may commit after number 6 was read, and a long transaction
brings times of an hour ago. So the rows whose cursor is less than `overlap` below the highest are
looked at again, and those that were taken are known by a hash of all that is read of them. Of
numbers that stand there once each only what is above the first gap is looked at again: without a
gap nothing is.
"""

import hashlib
import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from recsys.program.errors import DataError

Value = int | datetime
DIGEST = 12  # bytes
DAY = 10  # characters of a date
_WHOLE = re.compile(r"-?[0-9]{1,20}")
_DATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*")


@dataclass(frozen=True)
class Position:
    """How far a table is taken.

    end    the highest cursor, as the database writes it; "" if nothing is taken
    low    rows above this cursor are looked at again; "": all
    below  so many rows stood at or below `low`
    seen   hashes of the rows above `low` that are taken
    """

    end: str = ""
    low: str = ""
    below: int = 0
    seen: frozenset[bytes] = frozenset()


def value_of(text: str) -> Value:
    """A cursor's value; a time without a zone is taken for one of UTC. DataError if it is neither a
    whole number nor a time.
    """
    if _WHOLE.fullmatch(text):
        return int(text)
    try:
        if not _DATED.fullmatch(text):
            raise ValueError(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise DataError(
            f"cursor {text[:40]!r} is neither a whole number nor a time; take a column that "
            f"counts up, or the time of the last change"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def lower(end: str, overlap: int) -> Value:
    """What is so far below `end`, in units or seconds; of times rounded down to what `written`
    writes.
    """
    value = value_of(end)
    if isinstance(value, int):
        return value - overlap
    moment = value - timedelta(seconds=overlap)
    if len(end) > DAY:
        return moment.replace(microsecond=0)
    return moment.replace(hour=0, minute=0, second=0) - timedelta(days=1)


def written(value: Value, end: str) -> str:
    """A value as the database writes it, like `end`: SQLite compares times as texts."""
    if isinstance(value, int):
        return str(value)
    mark = end[DAY : DAY + 1]
    return f"{value:%Y-%m-%d{mark}%H:%M:%S}" if mark else f"{value:%Y-%m-%d}"


def is_at_most(value: Value, other: Value) -> bool:
    """Whether a value is no higher. DataError if one is a number and the other a time."""
    if isinstance(value, int) and isinstance(other, int):
        return value <= other
    if isinstance(value, datetime) and isinstance(other, datetime):
        return value <= other
    raise DataError(
        f"cursors {value} and {other}: numbers and times in one column; take another one"
    )


def digest_of(cells: Sequence[str]) -> bytes:
    """A hash of a row."""
    data = "\0".join(cells).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=DIGEST).digest()


@dataclass
class Window:
    """What is seen of a table while its rows are read, the lowest cursor first."""

    before: Position
    overlap: int
    late: int = 0  # rows at or below the former end
    _end: str = ""
    _read: int = 0
    _last: deque[tuple[Value, bytes]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self._end = self.before.end

    def is_new(self, cursor: str, cells: Sequence[str]) -> bool:
        """Whether a row was not taken yet; it counts as taken now."""
        value, digest = value_of(cursor), digest_of([cursor, *cells])
        if not self._end or not is_at_most(value, value_of(self._end)):
            self._end = cursor
        self._read += 1
        self._keep(value, digest)
        if digest in self.before.seen:
            return False
        if self.before.end and is_at_most(value, value_of(self.before.end)):
            self.late += 1
        return True

    def _keep(self, value: Value, digest: bytes) -> None:
        """Remember the row; forget those that are too far below."""
        self._last.append((value, digest))
        low = lower(self._end, self.overlap)
        while self._last and is_at_most(self._last[0][0], low):
            self._last.popleft()

    def after(self, below: int) -> Position:
        """How far the table is taken then; `below` rows stood at or below the former `low`."""
        if not self._end:
            return self.before
        low = lower(self._end, self.overlap)
        if isinstance(low, int):
            low = self._first_gap(low)
        kept = [digest for value, digest in self._last if not is_at_most(value, low)]
        below += self._read - len(kept)
        return Position(self._end, written(low, self._end), below, frozenset(kept))

    def _first_gap(self, low: int) -> int:
        """The number below the first one that is missing above `low`; `low` itself where some stand
        there twice.
        """
        if self.before.low:
            low = max(low, int(self.before.low))
        numbers = [value for value, _ in self._last if isinstance(value, int)]
        numbers = [number for number in numbers if number > low]
        if len(set(numbers)) < len(numbers):
            return low
        expected = max(low + 1, 1)
        for number in sorted(numbers):
            if number != expected:
                break
            expected += 1
        return expected - 1
