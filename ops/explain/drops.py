"""What lies in data/staging: drops that wait, drops that are half taken in, refused ones, and what
blocks the next refresh.

reads   data/staging/ as recsys/intake/drops.py lays it out; writes nothing
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ops.explain.moments import Clock
from ops.sql.taken import Taken, drops_of
from ops.terminal import printable, size_in_words
from recsys.intake.claims import CLAIMED, FOREIGN, REFUSED, may_be_mapped, strangers

REASON = ".reason.txt"
LONGEST_REASON = 4000  # bytes
SHOWN = 3  # names


@dataclass(frozen=True)
class Drop:
    """A file of new interactions."""

    name: str
    size: int  # bytes
    at: datetime  # it was last written to
    reason: str = ""  # why it was refused


@dataclass(frozen=True)
class Drops:
    """All that lies there."""

    waiting: tuple[Drop, ...]
    half_taken: tuple[Drop, ...]  # claimed; the next refresh goes on with them
    refused: tuple[Drop, ...]
    blocking: tuple[str, ...]  # what DVC cannot look through
    tables: tuple[
        Taken, ...
    ] = ()  # of a database: the last drop of each that is sealed
    others: tuple[Drop, ...] = ()  # in no form of the contract: a mapping may read them

    def as_json(self) -> dict[str, Any]:
        def shown(drops: tuple[Drop, ...]) -> list[dict[str, Any]]:
            return [asdict(drop) | {"at": drop.at.isoformat()} for drop in drops]

        return {
            "waiting": shown(self.waiting),
            "half_taken": shown(self.half_taken),
            "refused": shown(self.refused),
            "blocking": list(self.blocking),
            "others": shown(self.others),
            "tables": [
                {"table": one.label, "up_to": one.end, "rows": one.rows, "at": iso(one)}
                for one in self.tables
            ],
        }


def iso(taken: Taken) -> str | None:
    """When a drop was sealed."""
    return taken.at.isoformat() if taken.at else None


def look(staging: Path) -> Drops:
    """What lies in staging now; nothing where there is no such folder."""
    desk = staging / CLAIMED
    return Drops(
        waiting=tuple(_csv_files(staging)),
        half_taken=tuple(
            drop for folder in _folders(desk) for drop in _csv_files(folder)
        ),
        refused=tuple(_refused(staging / REFUSED)),
        blocking=tuple(ascii(path.name)[1:-1] for path in strangers(staging)),
        tables=_tables(staging),
        others=(*_files(staging / FOREIGN, may_be_mapped), *_files(staging, _is_other)),
    )


def _is_other(name: str) -> bool:
    return may_be_mapped(name) and not name.endswith(".csv")


def _tables(staging: Path) -> tuple[Taken, ...]:
    """The last sealed drop of each table, by its name."""
    last: dict[str, Taken] = {}
    for one in drops_of(staging, staging.parent / "batches"):
        is_newer = one.key not in last or last[one.key].number < one.number
        if one.at and is_newer:
            last[one.key] = one
    return tuple(sorted(last.values(), key=lambda one: (one.label, one.key)))


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_dir())


def _csv_files(folder: Path) -> Iterator[Drop]:
    """The drops that an intake would take: not hidden, not empty, no links."""
    return _files(folder, lambda name: name.endswith(".csv"))


def _files(folder: Path, is_wanted: Callable[[str], bool]) -> Iterator[Drop]:
    for entry in _entries(folder):
        if not is_wanted(entry.name) or entry.name.startswith("."):
            continue
        try:
            facts = entry.stat(follow_symlinks=False)
        except OSError:  # it has just been taken
            continue
        if entry.is_file(follow_symlinks=False) and facts.st_size:
            at = datetime.fromtimestamp(facts.st_mtime, UTC)
            yield Drop(printable(_as_text(entry.name)), facts.st_size, at)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    if not folder.is_dir():
        return []
    return sorted(os.scandir(folder), key=lambda entry: os.fsencode(entry.name))


def _refused(folder: Path) -> Iterator[Drop]:
    for drop in _files(folder, lambda name: not name.endswith(REASON)):
        try:
            with (folder / f"{drop.name}{REASON}").open("rb") as file:
                said = file.read(LONGEST_REASON).decode("utf-8", "replace")
        except OSError:
            said = ""
        reason = printable(" ".join(said.split())) or "nobody wrote down why"
        yield Drop(drop.name, drop.size, drop.at, reason)


def _as_text(name: str) -> str:
    """A name with bytes that are no UTF-8 as escapes."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def lines(found: Drops, clock: Clock) -> list[str]:
    """For people: a line a kind of what is there; one if nothing is."""
    said = []
    if found.blocking:
        names = ", ".join(found.blocking[:SHOWN])
        said.append(
            f"BLOCKED: data/staging holds {names}: neither a file nor a folder, or not "
            f"named in UTF-8; take it out"
        )
    if found.waiting:
        said.append(_waiting(found.waiting, clock))
    if found.half_taken:
        names = ", ".join(drop.name for drop in found.half_taken[:SHOWN])
        said.append(f"{names}: half taken in; the next refresh goes on with it")
    if found.others:
        said.append(
            f"{_waiting(found.others, clock)}; taken if a mapping of source reads it"
        )
    if found.refused:
        newest = max(found.refused, key=lambda drop: drop.at)
        said.append(
            f"{len(found.refused)} refused, in data/staging/.refused; the newest, "
            f"{newest.name}: {newest.reason}"
        )
    said = said or ["none waits"]
    return said + [_table(one, clock) for one in found.tables]


def _table(taken: Taken, clock: Clock) -> str:
    when = f"{clock.at(taken.at)} ({clock.ago(taken.at)} ago)" if taken.at else "?"
    return (
        f"{taken.label}, of the database: {taken.rows or 0:,} new rows taken {when}, up to "
        f"{taken.end}; `python runner.py sql --dry-run` says how many wait"
    )


def _waiting(drops: tuple[Drop, ...], clock: Clock) -> str:
    count = "1 waits" if len(drops) == 1 else f"{len(drops)} wait"
    size = size_in_words(sum(drop.size for drop in drops))
    names = ", ".join(drop.name for drop in drops[:SHOWN])
    more = ", ..." if len(drops) > SHOWN else ""
    oldest = clock.ago(min(drop.at for drop in drops))
    return f"{count} ({size}, the oldest for {oldest}): {names}{more}"
