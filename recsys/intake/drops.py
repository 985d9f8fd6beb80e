"""Take what the shop's web app drops into `data/staging`, and seal it as immutable, numbered
batches.

A drop is a finished file (temp name, then rename), or `new_interactions.csv`, which the app appends
to: it opens it for every row, or holds it open for hours. A drop is claimed by a rename to

    data/staging/.claimed/TICKET.OFFSET.NUMBER.SIZE/<its name>

so that whoever opens it by name begins a new file. When no process has it open for writing any more
it is sealed, whole; then the ledger says so; only then the claimed file goes. While somebody writes
on, the records that are complete become a batch, the folder's name notes up to which OFFSET the
file is sealed, and the next intake goes on from there. A kill is mended by the next intake: a batch
numbered NUMBER or later that continues the file at OFFSET is what was sealed of it last. Whole
content that is sealed already adds no row.

A last line without a newline is no row yet: it waits until its writer goes on. If
`new_interactions.csv` has no writer, one more intake must find it unchanged (SIZE); then the line
is a truncated row, and is sealed as it is, for the row rules to judge. In a finished file nothing
can follow: its last line is sealed with the others at once.

A file whose header cannot be used goes to `data/staging/.refused`, a `.reason.txt` beside it.
"""

import hashlib
import logging
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from recsys.files.atomic import write_text
from recsys.intake.batches import COPY_BYTES, Batch, locked, seal, sealed
from recsys.intake.claims import REFUSED, Claim, claim_all, claims_left, settle
from recsys.intake.drop_log import Entry, entries, first_seen, note
from recsys.intake.open_files import is_written
from recsys.program.errors import DataError
from recsys.shop_csv.contract import STAGING
from recsys.shop_csv.csv_file import read_header
from recsys.shop_csv.records import MAX_RECORD_BYTES

__all__ = ["Batch", "first_seen", "sealed", "take"]

APPENDED = (
    "new_interactions.csv"  # the one file that the app may come back to after it has closed it
)
SETTLE_S = 2.0
MAX_NAME_BYTES = 120  # of a refused file
MAX_REASON = 2000  # characters

_OPEN_QUOTE = re.compile(
    rb'(?>(?>"(?>[^"]|"")*"|[^",\n]*),)*+"(?>[^"]|"")*+'
)  # a line that a quoted newline ends

log = logging.getLogger(__name__)


_LIKE_A_RATING = re.compile(rb"[0-9](?:\.[0-9]+)?").fullmatch
_LIKE_A_TIME = re.compile(rb"[0-9][0-9/-]{7,9}([ T].*)?").fullmatch


@dataclass
class _Run:
    """One intake: where, when, and what it has done so far."""

    staging: Path
    batches: Path
    now: datetime
    found: list[Batch]  # sealed before this run
    noted: set[str]  # batches that the ledger knows
    known: dict[str, str]  # names of all batches by the start of their hash
    made: list[Batch] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def next_number(self) -> int:
        return 1 + max((batch.number for batch in [*self.found[-1:], *self.made[-1:]]), default=0)

    def note(self, claim: Claim, verdict: str, part: "_Part", batch: str | None) -> None:
        """A line of the ledger."""
        entry = Entry(
            self.now.isoformat(), claim.shown, part.bytes, part.rows, part.sha256, batch, verdict
        )
        note(self.batches, entry)


@dataclass(frozen=True)
class _Part:
    """A header and the bytes of a drop from `start` to `end`: what becomes one batch."""

    header: bytes  # empty if the drop's own is between start and end
    start: int
    end: int
    rows: int
    sha256: str

    @property
    def bytes(self) -> int:
        return len(self.header) + self.end - self.start


def take(staging: Path, batches: Path, now: datetime, settle_s: float = SETTLE_S) -> list[str]:
    """Seal what is in `staging`, and return the names of the new batches in their order.

    Waits at most `settle_s` seconds for writers. Empty files wait; what is no regular file is
    reported and left. DataError, after all other drops are sealed, if one has been refused; the
    next run goes on without it.
    """
    try:
        with locked(batches):
            found, noted = sealed(batches), {str(entry.get("batch")) for entry in entries(batches)}
            run = _Run(
                staging, batches, now, found, noted, {batch.hash16: batch.name for batch in found}
            )
            claims = [*claims_left(staging), *claim_all(staging, run.next_number)]
            settle(claims, settle_s, now)
            for claim in claims:
                _attend(run, claim)
    except PermissionError as error:
        raise DataError(f"{error.filename or staging}: permission denied; let the user who runs the pipeline "
                        f"read and write in {staging} and {batches}") from None  # fmt: skip
    if run.refused:
        more = f" (and {len(run.refused) - 1} more files)" if len(run.refused) > 1 else ""
        raise DataError(
            f"{run.refused[0]}{more}; mend it and drop it again; the next run goes on without it"
        )
    return [batch.name for batch in run.made]


def _attend(run: _Run, claim: Claim) -> None:
    """Seal what is complete of a drop; then it goes, stays for the next intake, or is refused."""
    try:
        handle = claim.open()
    except PermissionError:
        return _refuse(
            run, claim, "permission denied; let the user who runs the pipeline read it", None
        )
    with handle:
        busy, size = is_written(handle.fileno(), run.now), os.fstat(handle.fileno()).st_size
        header = handle.readline(MAX_RECORD_BYTES)
        if busy and not header.endswith(b"\n"):
            return None  # the header is being written
        if reason := _wrong_header(handle, claim):
            return _refuse(run, claim, reason, _sha256(handle))
        start = _sealed_up_to(run, handle, claim, len(header), size)
        is_whole = not busy and _is_finished(handle, claim, size)
        end = size if is_whole else _records_end(handle, max(start, len(header)), size)
        if end > max(start, len(header)) or (is_whole and not start):
            part = _part(handle, header if start else b"", start, end)
            _seal(run, handle, claim, part, is_whole=is_whole)
            start = end
        if (
            not is_whole
            or os.fstat(handle.fileno()).st_size != size
            or is_written(handle.fileno(), run.now)
        ):
            return claim.keep(start, run.next_number, 0 if busy else size)
    claim.remove()
    return None


def _wrong_header(handle: BinaryIO, claim: Claim) -> str:
    """Why the header cannot be used, or nothing."""
    handle.seek(0)
    try:
        read_header(handle, claim.shown, STAGING)
    except DataError as error:
        handle.seek(0)
        if _is_a_row(handle.readline(MAX_RECORD_BYTES)):
            return (f"{claim.shown}, line 1: this is a row, not a header: its writer went on in a new file without "
                    f"one; put the line {','.join(STAGING.columns)} on top (in the order of its cells), and let "
                    f"the app write it whenever the file it has opened is empty")  # fmt: skip
        return str(error)[:MAX_REASON]
    return ""


def _is_a_row(line: bytes) -> bool:
    """Whether this looks like a row in the order of STAGING.columns: a rating at its place, and a
    time at the end.
    """
    cells = [cell.strip(b' \t\r\n"') for cell in line.split(b",")]
    return len(cells) >= len(STAGING.required) and bool(
        _LIKE_A_RATING(cells[2]) and _LIKE_A_TIME(cells[-1])
    )


def _is_finished(handle: BinaryIO, claim: Claim, size: int) -> bool:
    """Whether a drop without a writer can be sealed to its end."""
    ends_well = size > 0 and os.pread(handle.fileno(), 1, size - 1) == b"\n"
    return ends_well or claim.path.name != APPENDED or size == claim.size


def _records_end(handle: BinaryIO, start: int, size: int) -> int:
    """Where the last complete record ends, for a record that begins at `start`: a quoted newline
    ends none.
    """
    handle.seek(start)
    end = at = start
    quotes = 0
    while at < size and (line := handle.readline(MAX_RECORD_BYTES)).endswith(b"\n"):
        at += len(line)
        quotes += line.count(b'"')
        begins = end + len(line) == at
        if (
            quotes % 2
            and (not begins or _OPEN_QUOTE.fullmatch(line))
            and at - end <= MAX_RECORD_BYTES
        ):
            continue
        end, quotes = at, 0
    return end


def _read(handle: BinaryIO, header: bytes, start: int, end: int) -> Iterator[bytes]:
    """The header, then the bytes from start to end (fewer if the file ends before)."""
    yield header
    handle.seek(start)
    while start < end and (data := handle.read(min(COPY_BYTES, end - start))):
        yield data
        start += len(data)


def _part(handle: BinaryIO, header: bytes, start: int, end: int) -> _Part:
    digest, newlines, last = hashlib.sha256(), 0, b""
    for data in _read(handle, header, start, end):
        digest.update(data)
        newlines += data.count(b"\n")
        last = data[-1:]
    return _Part(header, start, end, newlines - (last == b"\n"), digest.hexdigest())


def _sha256(handle: BinaryIO) -> str:
    return _part(handle, b"", 0, os.fstat(handle.fileno()).st_size).sha256


def _sealed_up_to(run: _Run, handle: BinaryIO, claim: Claim, header_bytes: int, size: int) -> int:
    """How many bytes of a drop are sealed, counting a batch that a killed intake sealed and did not
    write down.
    """
    if claim.offset > size:
        log.warning("%s: its writer has cut it short; it is read from the start again", claim.shown)
        return 0
    if not claim.is_left:
        return claim.offset
    header = os.pread(handle.fileno(), header_bytes, 0) if claim.offset else b""
    for batch in sorted(run.found, key=lambda batch: -batch.size):
        end = claim.offset + batch.size - len(header)
        if batch.number < claim.number or not claim.offset < end <= size:
            continue
        part = _part(handle, header, claim.offset, end)
        if part.sha256 == batch.sha256:
            if batch.name not in run.noted:
                run.note(claim, "sealed" if end == size else "partial", part, batch.name)
                run.noted.add(batch.name)
            return end
    return claim.offset


def _seal(run: _Run, handle: BinaryIO, claim: Claim, part: _Part, *, is_whole: bool) -> None:
    """Make a batch of a part, or recognise it if it is a whole drop that is sealed already."""
    if is_whole and not part.start and (known := run.known.get(part.sha256[:16])):
        run.note(claim, "known", part, known)
        log.info("%s: this content is sealed already (%s), 0 rows added", claim.shown, known)
        return
    content = _read(handle, part.header, part.start, part.end)
    batch = seal(run.batches, run.next_number, part.sha256, content)
    run.made.append(batch)
    run.known[batch.hash16] = batch.name
    run.note(claim, "sealed" if is_whole else "partial", part, batch.name)
    more = "" if is_whole else "; it is still being written, the next run goes on"
    log.info("%s: %d rows sealed as %s%s", claim.shown, part.rows, batch.name, more)


def _refuse(run: _Run, claim: Claim, reason: str, sha256: str | None) -> None:
    """Put a drop that cannot be used aside, with the reason beside it."""
    folder = run.staging / REFUSED
    safe = (
        re.sub(r"[^\w.-]", "_", claim.path.stem).encode()[:MAX_NAME_BYTES].decode(errors="ignore")
    )
    target = folder / f"{claim.ticket:06d}-{safe}.csv"
    write_text(target.with_name(f"{target.name}.reason.txt"), f"{reason}\n")
    size = claim.path.stat().st_size
    note(
        run.batches,
        Entry(run.now.isoformat(), claim.shown, size, None, sha256, None, "refused", reason),
    )
    claim.move(target)
    log.warning("%s: refused; it lies in %s", claim.shown, target)
    run.refused.append(f"{target}: {reason}")
