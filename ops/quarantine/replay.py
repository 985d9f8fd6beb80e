"""Mended rows back from a person's spreadsheet, as a drop for the next merge; rows, too, that were
refused for a time in the future which is past by now (the clock was behind when they came).

reads   a CSV that ops/quarantine/export.py exported, mended
writes  data/batches/mended.csv, then data/staging/replay-<hash16>.csv

mended.csv (recsys/intake/mended.py) says which refused row a drop replaces; a line counts only
where that drop is among the sealed batches. So a kill between the two files takes no row out of
quarantine, and a replay that is set aside puts its rows back.
"""

import csv
import hashlib
import io
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pyarrow as pa

from ops.quarantine.export import KEY_COLUMNS, NOTES, Refused, in_a_drop, refused
from ops.quarantine.listing import all_rows
from ops.quarantine.places import Places
from ops.quarantine.spreadsheet import restore
from ops.terminal import printable
from recsys.files.atomic import sha256_of, write_text
from recsys.intake.batches import locked, sealed
from recsys.intake.mended import read_mended, write_mended
from recsys.program import params as parameters
from recsys.program.errors import ConfigError, DataError
from recsys.shop_csv.accounts import RowKey
from recsys.shop_csv.contract import STAGING
from recsys.shop_csv.records import MAX_RECORD_BYTES
from recsys.shop_csv.times import TimeRules, times

REASON_AT = NOTES.index("quarantine_reason")
TIME_AT = STAGING.columns.index("timestamp")


@dataclass(frozen=True)
class Mended:
    """A row of the file that comes back; `at` is its line there."""

    at: int
    key: RowKey
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """What becomes of the rows of a replay; `left` says of each other row why it is left."""

    fresh: list[Mended]
    unchanged: list[Mended]
    again: int
    left: list[str]


class Spreadsheet(NamedTuple):
    """The rows of a file that comes back, and of each line that cannot be used, why."""

    rows: list[Mended]
    left: list[str]


def read_spreadsheet(path: Path) -> Spreadsheet:
    """Rows of an exported file that comes back, blank ones left out; `;` and tab are taken as
    separators too.

    ConfigError if there is no such file; DataError if it cannot be used from some line on.
    """
    text = _text(path)
    csv.field_size_limit(2 * MAX_RECORD_BYTES)
    header = text.split("\n", 1)[0].rstrip("\r")
    if "\r" in header:
        raise DataError(
            f"{path}: its lines end in CR only; save it as `CSV UTF-8`, with LF or CRLF line ends"
        )
    mark = _separator(header, path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    found = Spreadsheet([], [])
    try:
        names = [name.strip() for name in next(reader)]
        for cells in reader:
            if any(cells):
                _add(found, names, cells, reader.line_num)
    except csv.Error as error:
        raise DataError(
            f"{path}, line {reader.line_num}: {error}; save the file as CSV again"
        ) from None
    return found


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, IsADirectoryError):
        raise ConfigError(
            f"{path}: no such file; make one with `python runner.py quarantine export FILE`"
        ) from None
    except OSError as error:
        raise ConfigError(
            f"{path}: {error.strerror}; name a file that can be read"
        ) from None
    except UnicodeDecodeError:
        raise DataError(f"{path}: not UTF-8; save it as `CSV UTF-8`") from None


def _separator(header: str, path: Path) -> str:
    """The one that gives the most of the columns that are needed. DataError if one of them is not
    there once.
    """
    needed = (*STAGING.columns, *KEY_COLUMNS)
    counts = {
        mark: [_names(header, mark).count(name) for name in needed] for mark in ",;\t"
    }
    mark = max(counts, key=lambda mark: sum(counts[mark]))
    for name, count in zip(needed, counts[mark], strict=True):
        if count != 1:
            raise DataError(
                f"{path}, line 1: column {name!r} stands there {count} times, once is needed"
            )
    return mark


def _names(header: str, mark: str) -> list[str]:
    return [name.strip() for name in next(csv.reader([header], delimiter=mark), [])]


def _add(found: Spreadsheet, names: list[str], cells: list[str], at: int) -> None:
    """Add a row, or why it is left."""
    if len(cells) != len(names):
        found.left.append(
            f"line {at}: {len(cells)} cells, the header has {len(names)}; mend that line"
        )
        return
    by_name = dict(zip(names, cells, strict=True))
    number = by_name["quarantine_line"]
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        shown = printable(number)[:40]
        found.left.append(
            f"line {at}: quarantine_line is {shown!r}, no number; export again"
        )
        return
    key = restore(by_name["quarantine_sha256"]), int(number)
    texts = tuple(restore(by_name[name]) for name in STAGING.columns)
    found.rows.append(Mended(at, key, texts))


def replayed(places: Places) -> dict[RowKey, str]:
    """The replacements whose drop is there: in staging, claimed or sealed (looked for in the order
    it goes).
    """
    drops = read_mended(places.batches)
    if not drops:
        return {}
    alive = {
        sha256_of(path)[:16]
        for path in places.staging.rglob("replay-*.csv")
        if path.is_file()
    }
    alive |= {batch.hash16 for batch in sealed(places.batches)}
    return {key: drop for key, drop in drops.items() if drop[:16] in alive}


def plan(
    read: Spreadsheet,
    known: dict[RowKey, Refused],
    done: Collection[RowKey],
    due: Collection[RowKey] = (),
) -> Plan:
    """What becomes of the rows of a replay; one that is not in quarantine is left. Rows that are
    `due` go back as they are.

    One refused row may come back as several (a lost quote had swallowed a row): all of them, if one
    was mended.
    """
    rows, left = read
    new = [row for row in rows if row.key not in done]
    todo = [row for row in new if row.key in known]
    left = left + [
        f"line {row.at}: no interaction with this quarantine_sha256 and quarantine_line is in "
        f"quarantine; run `python runner.py repro` and export again"
        for row in new
        if row.key not in known
    ]
    mended = {row.key for row in todo if row.cells != known[row.key].cells} | set(due)
    return Plan(
        [row for row in todo if row.key in mended],
        [row for row in todo if row.key not in mended],
        len(rows) - len(new),
        left,
    )


def drop_text(rows: Iterable[Mended]) -> str:
    """The rows as a drop, by source and line, so that the same rows are the same drop."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(STAGING.columns)
    writer.writerows(row.cells for row in sorted(rows, key=lambda row: row.key))
    return file.getvalue()


def past_by_now(rows: Iterable[Refused], params: Path, now: datetime) -> set[RowKey]:
    """Those that were refused for a time in the future which is none at `now`."""
    future = [one for one in rows if one.notes[REASON_AT] == "time_future"]
    if not future:
        return set()
    merge: dict[str, Any] = parameters.read(params)["merge"]
    earliest = date.fromisoformat(str(merge["earliest"]))
    rules = TimeRules(tuple(merge["date_formats"]), merge["zone"], earliest)
    texts = pa.array([one.cells[TIME_AT] for one in future], pa.string())
    reasons = times(texts, rules, now).reasons
    return {one.key for one, why in zip(future, reasons, strict=True) if why == ""}


def replay(path: Path, places: Places, now: datetime) -> str:
    """Feed the mended rows of a file back as a drop; says what became of them. The same file again
    adds nothing.

    DataError if no row of it was mended.
    """
    read = read_spreadsheet(path)
    done = replayed(places)
    wanted = [row.key for row in read.rows if row.key not in done]
    known = _known(wanted, places)
    due = past_by_now(known.values(), places.params, now)
    result = plan(read, known, done, due)
    if result.fresh:
        _feed_back(result.fresh, places)
    elif result.left:
        raise DataError(f"{path}, {result.left[0]}{_more(result.left)}")
    elif result.unchanged and not result.again:
        raise DataError(
            f"{path}: {_unchanged(result.unchanged)}; nothing was replayed: mend them first"
        )
    return _report(result)


def _feed_back(rows: Sequence[Mended], places: Places) -> None:
    """mended.csv first: a row counts as mended only when its drop is sealed."""
    text = drop_text(rows)
    digest = hashlib.sha256(text.encode()).hexdigest()
    with locked(places.batches):
        _refuse_again(digest, places)
        drops = read_mended(places.batches) | {row.key: digest for row in rows}
        write_mended(places.batches, drops)
    write_text(places.staging / f"replay-{digest[:16]}.csv", text)


def _refuse_again(digest: str, places: Places) -> None:
    """DataError if these very rows were sealed: they would replace themselves."""
    for batch in sealed(places.batches):
        if batch.hash16 == digest[:16]:
            raise DataError(
                f"{batch.path}: these rows were replayed in it, and refused again; take it out: "
                f"`python runner.py quarantine set-aside {batch.name}`, then run "
                f"`python runner.py repro`, export and replay again"
            )


def _known(keys: Iterable[RowKey], places: Places) -> dict[RowKey, Refused]:
    """Those of the keys that are in quarantine."""
    wanted = pl.DataFrame(
        list(keys), schema={"sha256": pl.String, "line": pl.Int64}, orient="row"
    )
    rows = in_a_drop(all_rows(places), places).join(
        wanted, on=["sha256", "line"], how="semi"
    )
    return {row.key: row for row in refused(rows, places)}


def _unchanged(rows: Sequence[Mended]) -> str:
    return f"rows as they were refused: {len(rows)}, the first in line {rows[0].at}"


def _report(result: Plan) -> str:
    parts = [f"{len(result.fresh)} rows replayed"]
    if result.fresh:
        parts[0] += "; the next `python runner.py repro` merges them"
    if result.again:
        parts.append(f"rows replayed before, nothing added: {result.again}")
    if result.unchanged:
        parts.append(f"{_unchanged(result.unchanged)}; they stay in quarantine")
    if result.left:
        parts.append(f"left as they are: {len(result.left)}, {result.left[0]}")
    return "\n".join(parts)


def _more(left: list[str]) -> str:
    return f" (and {len(left) - 1} more)" if len(left) > 1 else ""
