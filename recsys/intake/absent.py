"""Sealed batches that are no longer in data/batches, and what lies there that is none.

reads   data/batches, its drop log; the files that the last run read (last_run.py)
writes  the drop log: which batches are gone, and which are back

The drop log says which batches were sealed. One whose file is neither there nor set aside stops the
run: its rows would go without a word. Where the log went with them, the last run still knows their
names. That is said at each run and stops none: on another machine they may never have been.
"""

import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from recsys.files.atomic import sha256_of
from recsys.intake import drop_log
from recsys.intake.batches import BATCH_NAME, FOLDED_NAME, MENDED, sealed
from recsys.intake.drop_log import DROP_LOG, Entry, last_lines, note
from recsys.intake.last_run import LastRun
from recsys.program.errors import DataError

ASIDE = "aside"
SET_ASIDE = "python runner.py quarantine set-aside"
_OF_ZIP = 30  # characters of the name of a zip at least: numbers and hash

log = logging.getLogger("merge")


class Absent(NamedTuple):
    """Lines of the drop log of batches that are not there: of those that are `missing`, which stops
    a run, and of those that were noted as `gone`.
    """

    missing: list[dict[str, Any]]
    gone: list[dict[str, Any]]


def look(batches: Path, last: LastRun | None = None) -> Absent:
    """The batches that are neither in the folder nor set aside, in the order of their names; those
    of the `last` run, too, that the log does not know: the next run notes that they are gone.

    DataError if a zip of batches cannot be read.
    """
    there = {batch.name for batch in sealed(batches)} | _set_aside(batches)
    found = Absent([], [])
    for name, line in sorted(_last_lines(batches).items()):
        if name not in there and line["verdict"] != "aside":
            (found.gone if line["verdict"] == "gone" else found.missing).append(line)
    return found._replace(
        gone=[*found.gone, *(_unknown(batches, last) if last else [])]
    )


def _unknown(batches: Path, last: LastRun) -> list[dict[str, Any]]:
    """Lines of the batches of the last run that neither the folder nor its log knows."""
    there = {batch.name for batch in sealed(batches)} | _set_aside(batches)
    known = there | set(_last_lines(batches))
    return [
        {"file": name, "rows": rows, "batch": name}
        for name, rows in sorted(last.rows.items())
        if BATCH_NAME.fullmatch(name) and name not in known
    ]


def _set_aside(batches: Path) -> set[str]:
    folder = batches / ASIDE
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def _last_lines(batches: Path) -> dict[str, dict[str, Any]]:
    """The newest line of the log on each batch, by its name."""
    told = last_lines(batches).items()
    return {name: line for name, line in told if BATCH_NAME.fullmatch(name)}


# ---- in a merge ----
def watch(batches: Path, last: LastRun, now: datetime) -> None:
    """Say what is wrong with the folder and the clock. DataError, and nothing is written, if a
    batch that was sealed is missing. Of a folder that cannot be read the intake tells.
    """
    try:
        found = look(batches)
    except PermissionError:
        return
    if found.missing:
        raise DataError(fault(batches, found.missing))
    _note_back(batches, now)
    gone = [*found.gone, *_note_gone(batches, last, now)]
    clock = drop_log.clock_words(batches, now)
    of_gone = gone_words(batches, gone) if gone else ""
    for words in filter(None, [clock, *strangers(batches), of_gone]):
        log.warning(words)


def _note_back(batches: Path, now: datetime) -> None:
    """Let the log say which batches are there again: from now on they are missed."""
    told = _last_lines(batches)
    for batch in sealed(batches):
        if (line := told.get(batch.name)) and line["verdict"] in ("aside", "gone"):
            note(batches, again(line, drop_log.not_before(batches, now), "back"))


def _note_gone(batches: Path, last: LastRun, now: datetime) -> list[dict[str, Any]]:
    """Let the log know the batches of the last run that it does not know, and that are not there;
    their lines.
    """
    lines = _unknown(batches, last)
    for line in lines:
        batches.mkdir(parents=True, exist_ok=True)
        note(batches, again(line, drop_log.not_before(batches, now), "gone"))
    return lines


def again(line: dict[str, Any], now: datetime, verdict: str) -> Entry:
    """A new line of the drop log on the batch of another one."""
    at, file = now.isoformat(), str(line.get("file"))
    size, rows, sha256 = (line.get(key) for key in ("bytes", "rows", "sha256"))
    return Entry(at, file, size, rows, sha256, str(line["batch"]), verdict)


# ---- in words ----
def fault(batches: Path, missing: list[dict[str, Any]]) -> str:
    """That sealed batches are missing, and what to do."""
    first = missing[0]
    name = str(first["batch"])
    renamed = dict(_renamed(batches, missing))
    back = "put it back from a copy"
    if name in renamed:
        back = f"put it back: mv '{renamed[name]}' {batches / name}"
    return (
        f"{batches / name}: this batch is missing ({first.get('rows')} rows of the drop "
        f"{str(first.get('file'))!a}, sealed {str(first.get('at'))[:16]} UTC){_more(missing)}; "
        f"{back}, or, to go on without its rows: {SET_ASIDE} {name}{_all(missing)}"
    )


def gone_words(batches: Path, gone: list[dict[str, Any]]) -> str:
    """That batches which an earlier run read are not there, nor the log of them."""
    first = gone[0]
    return (
        f"{batches / str(first['batch'])}: the rows of this batch ({first.get('rows')}) were in an "
        f"earlier run and are in none since: the file is not there{_more(gone)}; put it back from "
        f"a copy, or, if that is meant: {SET_ASIDE} {first['batch']}{_all(gone)}"
    )


def _more(lines: list[dict[str, Any]]) -> str:
    return f", and {len(lines) - 1} more" if len(lines) > 1 else ""


def _all(lines: list[dict[str, Any]]) -> str:
    return f" (all of them: {SET_ASIDE} --missing)" if len(lines) > 1 else ""


def _renamed(
    batches: Path, missing: list[dict[str, Any]]
) -> Iterator[tuple[str, Path]]:
    """Missing batches that lie there under another name, with that."""
    by_hash = {str(line.get("sha256")): str(line["batch"]) for line in missing}
    for path in _strange(batches):
        if path.is_file() and (name := by_hash.get(sha256_of(path))):
            yield name, path


def strangers(batches: Path) -> list[str]:
    """What lies in the folder and is neither a batch nor ours, with what to do; it is not read."""
    words = []
    for path in _strange(batches):
        zipped = FOLDED_NAME.match(f"{path.name[:_OF_ZIP]}.zip")
        todo = f"if it holds new rows: mv '{path}' {batches.parent / 'staging'}/"
        if zipped and path.suffix == ".zip":
            todo = f"if it is the zip of batches: mv '{path}' {batches / zipped[0]}"
        words.append(f"{path}: no sealed batch, not read; {todo}; else take it away")
    return words


def _strange(batches: Path) -> list[Path]:
    """Files and folders that no run has put there, by name."""
    ours = (DROP_LOG, MENDED, ASIDE)
    return [
        path
        for path in (sorted(batches.iterdir()) if batches.is_dir() else [])
        if path.name not in ours
        and not path.name.startswith(".")
        and not (path.is_file() and _is_batch(path.name))
    ]


def _is_batch(name: str) -> bool:
    return bool(BATCH_NAME.fullmatch(name) or FOLDED_NAME.fullmatch(name))
