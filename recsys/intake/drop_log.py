"""The drop log, data/batches/ledger.jsonl: what became of each drop, and when a content was first
seen.

Lines are only ever appended, each whole or not at all. The log only tells: which rows are sealed
follows from the batches alone, so that losing it costs no row.
"""

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from recsys.files import lock
from recsys.files.atomic import fsync_folder
from recsys.shop_csv import sample_shop

DROP_LOG = "ledger.jsonl"
CLOCK = timedelta(
    minutes=1
)  # a clock that is behind by less is set by NTP, without a word


@dataclass(frozen=True)
class Entry:
    """A line of the drop log. `rows` are lines without the header, `bytes` and `sha256` are of what
    was sealed.

    verdict  sealed   the drop, or the last part of it, is in `batch`
             partial  what its writer had finished is in `batch`; the writer goes on
             known    this content is sealed already, in `batch`
             refused  `reason` says why; the file lies in data/staging/.refused
             seen     a raw file was read for the first time
             aside    `batch` was set aside, or is meant to be missing
             back     it was brought back
             gone     an earlier run read `batch`; it is missing, and so is its line in this log
    """

    at: str  # ISO 8601, UTC
    file: str
    bytes: int | None
    rows: int | None
    sha256: str | None
    batch: str | None
    verdict: str
    reason: str = ""


def note(batches: Path, entry: Entry) -> None:
    """Append a line, durably. A line that a kill cut short goes; a full disk leaves the log as it
    was.
    """
    path = batches / DROP_LOG
    is_new = not path.exists()
    line = json.dumps(asdict(entry), ensure_ascii=False).encode() + b"\n"
    with lock.held(path) as handle:
        _append(handle, line)
    if is_new:
        fsync_folder(batches)


def _append(handle: int, line: bytes) -> None:
    size = os.fstat(handle).st_size
    if size and os.pread(handle, 1, size - 1) != b"\n":
        size = os.pread(handle, size, 0).rfind(b"\n") + 1
        os.ftruncate(handle, size)
    os.lseek(handle, size, os.SEEK_SET)
    try:
        while line:
            line = line[os.write(handle, line) :]
        os.fsync(handle)
    except OSError:
        with suppress(OSError):
            os.ftruncate(handle, size)
        raise


def entries(batches: Path) -> list[dict[str, Any]]:
    """The whole lines of the log as they stand, oldest first; what is no JSON object is passed
    over.
    """
    path = batches / DROP_LOG
    if not path.exists():
        return []
    objects = []
    for line in path.read_bytes().splitlines(keepends=True):
        if not line.endswith(b"\n"):
            continue
        with suppress(ValueError, RecursionError):
            value = json.loads(line)
            if isinstance(value, dict):
                objects.append(value)
    return objects


def sealed_at(batches: Path) -> dict[str, datetime]:
    """When each batch was sealed, by its name, as far as the log knows."""
    times: dict[str, datetime] = {}
    for entry in entries(batches):
        at = _time(entry)
        if at and entry.get("verdict") in ("sealed", "partial"):
            times.setdefault(str(entry.get("batch")), at)
    return times


def names_of_drops(batches: Path) -> dict[str, str]:
    """The name under which each batch was dropped, by the batch's name, as far as the log knows."""
    return {
        str(entry.get("batch")): str(entry.get("file"))
        for entry in entries(batches)
        if entry.get("verdict") in ("sealed", "partial")
    }


def last_lines(batches: Path) -> dict[str, dict[str, Any]]:
    """The newest line on where each batch is (sealed, aside, gone or back), by its name."""
    of_place = ("sealed", "partial", "aside", "gone", "back")
    lines = (one for one in entries(batches) if one.get("verdict") in of_place)
    return {str(line.get("batch")): line for line in lines}


def _time(entry: dict[str, Any]) -> datetime | None:
    """When a line was written; None if it does not say so with an offset."""
    try:
        at = datetime.fromisoformat(entry["at"])
    except (KeyError, TypeError, ValueError):
        return None
    return at if at.tzinfo else None


def not_before(batches: Path, now: datetime) -> datetime:
    """The time that a new line of the log gets: `now`, or that of its newest line, where the clock
    is behind it.
    """
    return max([now, *filter(None, map(_time, entries(batches)))])


def clock_words(batches: Path, now: datetime) -> str:
    """That the clock is behind the log, and what to do; "" if it is not, or by less than CLOCK."""
    newest = not_before(batches, now)
    if newest - now < CLOCK:
        return ""
    return (
        f"{batches / DROP_LOG}: its newest line is of {newest:%Y-%m-%d %H:%M} UTC, but the "
        f"clock of this machine says {now:%Y-%m-%d %H:%M} UTC: the former is the time of what "
        f"comes in now; "
        f"set the clock (`timedatectl set-ntp true`); if it is right, it was ahead then: mend `at` "
        f"in that line"
    )


def own_files(batches: Path) -> list[str]:
    """Names of the shop's own files that were read so far; those of the sample shop are none."""
    seen = [entry for entry in entries(batches) if entry.get("verdict") == "seen"]
    return [
        str(entry.get("file"))
        for entry in seen
        if not sample_shop.is_part(str(entry.get("file")), str(entry.get("sha256")))
    ]


def first_seen(batches: Path, name: str, sha256: str, now: datetime) -> datetime:
    """When this content was read for the first time; noted as now (`not_before`) if the log has no
    line of it.
    """
    for entry in entries(batches):
        is_of_it = entry.get("verdict") == "seen" and entry.get("sha256") == sha256
        if is_of_it and (at := _time(entry)):
            return at
    batches.mkdir(parents=True, exist_ok=True)
    at = not_before(batches, now)
    note(batches, Entry(at.isoformat(), name, None, None, sha256, None, "seen"))
    return at
