"""How far a table is taken, by the drops that were made of it.

    sql-LABEL-KEY-NUMBER_FROM_TO.csv        a drop: in data/staging, claimed there, or in the drop
                                            log since it is sealed
    state/sql/NAME.json                     what is looked at again after the drop of this NAME

KEY stands for the table and its cursor. The rename that brings a drop into staging is all that
moves the position on, so that a kill at any point loses no row and takes none twice. Without its
file in state/sql more rows are looked at and taken again, and merge counts these once.
"""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from ops.sql.window import Position, lower, written
from recsys.files.atomic import parse_json, sha256_of_json, write_text
from recsys.intake.claims import CLAIMED
from recsys.intake.drop_log import entries
from recsys.source.params import SqlRows

FOLDER = Path("sql")  # in state/
NAME = re.compile(
    r"sql-(?P<label>\w+)-(?P<key>[0-9a-f]{8})-(?P<number>[0-9]{6,})_(?P<start>[^_]*)_(?P<end>[^_]*)"
    r"\.csv",
    re.ASCII,
)
_UNFIT = re.compile(r"[^0-9A-Za-z.:+-]")  # in a name
SEALED = ("sealed", "known")


class Taken(NamedTuple):
    """A drop of a table: `rows` and `at` are None until it is sealed."""

    name: str
    label: str
    key: str
    number: int
    end: str
    rows: int | None
    at: datetime | None


def key_of(entry: SqlRows) -> str:
    """What stands for the table and its cursor, 8 hex digits."""
    return sha256_of_json([entry.url, entry.query, entry.cursor])[:8]


def drops_of(staging: Path, batches: Path) -> Iterator[Taken]:
    """All drops that were ever made of tables, in the way that they go: a drop that moves on while
    this looks is seen once at least.
    """
    desk = staging / CLAIMED
    for folder in (staging, *(sorted(desk.iterdir()) if desk.is_dir() else [])):
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            if found := NAME.fullmatch(path.name):
                yield _taken(found, None, None)
    for entry in entries(batches):
        found = NAME.fullmatch(str(entry.get("file")))
        if found and entry.get("verdict") in SEALED:
            yield _taken(found, entry.get("rows"), _moment(entry.get("at")))


def _taken(found: re.Match[str], rows: int | None, at: datetime | None) -> Taken:
    number = int(found["number"])
    return Taken(found[0], found["label"], found["key"], number, found["end"], rows, at)


def _moment(text: object) -> datetime | None:
    with suppress(TypeError, ValueError):
        return datetime.fromisoformat(text)  # type: ignore[arg-type] # what is no text is a TypeError
    return None


def last_of(key: str, staging: Path, batches: Path) -> Taken | None:
    """The last drop of a table; None if there is none."""
    found = [one for one in drops_of(staging, batches) if one.key == key]
    return max(found, key=lambda one: one.number, default=None)


def name_of(label: str, key: str, number: int, start: str, end: str) -> str:
    """The name of a drop of the rows above one cursor up to another."""
    ends = (_UNFIT.sub("T", text) for text in (start or "start", end))
    return f"sql-{label}-{key}-{number:06d}_{'_'.join(ends)}.csv"


def position_after(taken: Taken | None, overlap: int, state: Path) -> Position:
    """How far the table is taken."""
    if taken is None:
        return Position()
    with suppress(OSError, ValueError, KeyError, TypeError):
        facts = parse_json(_kept(taken.name, state).read_bytes())
        seen = frozenset(map(bytes.fromhex, facts["seen"]))
        return Position(str(facts["end"]), str(facts["low"]), int(facts["below"]), seen)
    low = lower(taken.end[:10] if "-" in taken.end[1:] else taken.end, overlap)
    return Position(taken.end, written(low, taken.end[:10]), -1, frozenset())


def keep(name: str, position: Position, state: Path) -> None:
    """Write down what is looked at again after this drop. It counts once the drop is there."""
    facts = {
        "end": position.end,
        "low": position.low,
        "below": position.below,
        "seen": sorted(one.hex() for one in position.seen),
    }
    write_text(_kept(name, state), json.dumps(facts))


def forget(key: str, name: str, state: Path) -> None:
    """Delete what was kept of the other drops of a table."""
    for path in (state / FOLDER).glob(f"sql-*-{key}-*.json"):
        if path != _kept(name, state):
            path.unlink(missing_ok=True)


def _kept(name: str, state: Path) -> Path:
    return state / FOLDER / f"{name.removesuffix('.csv')}.json"
