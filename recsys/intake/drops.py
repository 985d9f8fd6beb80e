"""Take what the shop's web app drops into `data/staging`, and seal it as immutable, numbered
batches.

A drop is a finished file (temp name, then rename), or `new_interactions.csv`, which the app appends
to: it opens it for every row, or holds it open for hours. A drop is claimed by a rename to

    data/staging/.claimed/TICKET.OFFSET.NUMBER.SIZE/<its name>

so that whoever opens it by name begins a new file. When no process has it open for writing any more
it is sealed, whole; then the drop log says so; only then the claimed file goes. While somebody
writes on, the records that are complete become a batch, the folder's name notes up to which OFFSET
the file is sealed, and the next intake goes on from there. A kill is mended by the next intake: a
batch numbered NUMBER or later that continues the file at OFFSET is what was sealed of it last.
Whole content that is sealed already adds no row.

A last line without a newline is no row yet: it waits until its writer goes on. If
`new_interactions.csv` has no writer, one more intake must find it unchanged (SIZE); then the line
is a truncated row, and is sealed as it is, for the row rules to judge. In a finished file nothing
can follow: its last line is sealed with the others at once.

A file whose header cannot be used goes to `data/staging/.refused`, a `.reason.txt` beside it.
"""

import logging
import os
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from recsys.files.atomic import write_text
from recsys.intake.batches import Batch, locked, seal, sealed
from recsys.intake.claims import (
    REFUSED,
    Claim,
    claim_all,
    claims_left,
    left_alone,
    wait_for_writers,
)
from recsys.intake.drop_log import Entry, entries, not_before, note
from recsys.intake.next_step import Next, Seen, looks_like_a_row, next_step
from recsys.intake.open_files import is_written
from recsys.intake.parts import (
    Part,
    measure_part,
    read_part,
    records_end,
    sha256_of_drop,
)
from recsys.program.errors import DataError
from recsys.shop_csv.contract import STAGING
from recsys.shop_csv.header import read_header
from recsys.shop_csv.records import MAX_RECORD_BYTES

APPENDED = "new_interactions.csv"  # the one file that the app comes back to after it has closed it
SETTLE_S = 2.0
MAX_NAME_BYTES = 120  # of a refused file
MAX_REASON = 2000  # characters

log = logging.getLogger(__name__)


@dataclass
class _Run:
    """One intake: where, when, and what it has done so far."""

    staging: Path
    batches: Path
    now: datetime
    at: datetime  # in the drop log: never before its newest line
    earlier: list[Batch]  # sealed before this run
    noted: set[str]  # batches that the drop log knows
    known: dict[str, str]  # names of all batches by the start of their hash
    made: list[Batch] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def next_number(self) -> int:
        last = [*self.earlier[-1:], *self.made[-1:]]
        return 1 + max((batch.number for batch in last), default=0)

    def note(self, claim: Claim, verdict: str, part: Part, batch: str | None) -> None:
        """A line of the drop log."""
        at, file = self.at.isoformat(), claim.shown
        entry = Entry(at, file, part.bytes, part.rows, part.sha256, batch, verdict)
        note(self.batches, entry)


def take(
    staging: Path, batches: Path, now: datetime, settle_s: float = SETTLE_S
) -> list[str]:
    """Seal what is in `staging`, and return the names of the new batches in their order.

    Waits at most `settle_s` seconds for writers. Empty files wait; what is no regular file is
    reported and left. DataError, after all other drops are sealed, if one has been refused; the
    next run goes on without it.
    """
    for words in left_alone(staging):
        log.warning(words)
    try:
        with locked(batches):
            run = _begin(staging, batches, now)
            claims = [*claims_left(staging), *claim_all(staging, run.next_number)]
            wait_for_writers(claims, settle_s, now)
            for claim in claims:
                _handle(run, claim)
    except PermissionError as error:
        place = error.filename or staging
        raise DataError(
            f"{place}: permission denied; let the user who runs the pipeline "
            f"read and write in {staging} and {batches}"
        ) from None
    if run.refused:
        others = len(run.refused) - 1
        more = f" (and {others} more files)" if others else ""
        raise DataError(
            f"{run.refused[0]}{more}; mend it and drop it again; the next run goes on without it"
        )
    return [batch.name for batch in run.made]


def _begin(staging: Path, batches: Path, now: datetime) -> _Run:
    earlier = sealed(batches)
    noted = {str(entry.get("batch")) for entry in entries(batches)}
    known = {batch.hash16: batch.name for batch in earlier}
    at = not_before(batches, now)
    return _Run(staging, batches, now, at, earlier, noted, known)


# ---- one drop: look, decide, act ----
def _handle(run: _Run, claim: Claim) -> None:
    """Seal what is complete of a drop; then it goes, stays for the next intake, or is refused."""
    try:
        handle = claim.open()
    except PermissionError:
        fault = "permission denied; let the user who runs the pipeline read it"
        _refuse(run, claim, fault, None)
        return
    with handle:
        seen = _look(run, handle, claim)
        step = next_step(seen)
        if step is Next.WAIT:
            return
        if step is Next.REFUSE:
            _refuse(run, claim, seen.fault, sha256_of_drop(handle))
            return
        is_whole = step is Next.SEAL_ALL
        offset = _seal_from_offset(run, handle, claim, seen.size, is_whole=is_whole)
        if not is_whole or _goes_on(run, handle, seen.size):
            claim.keep(offset, run.next_number, 0 if seen.is_written else seen.size)
            return
    claim.remove()


def _look(run: _Run, handle: BinaryIO, claim: Claim) -> Seen:
    # before the size: nobody writes after it
    is_busy = is_written(handle.fileno(), run.now)
    size = os.fstat(handle.fileno()).st_size
    header = _header(handle)
    return Seen(
        size=size,
        is_written=is_busy,
        header_has_ended=header.endswith(b"\n"),
        fault=_fault(handle, claim),
        last_line_has_ended=size > 0
        and os.pread(handle.fileno(), 1, size - 1) == b"\n",
        may_go_on=claim.path.name == APPENDED,
        is_unchanged=size == claim.size,
    )


def _header(handle: BinaryIO) -> bytes:
    handle.seek(0)
    return handle.readline(MAX_RECORD_BYTES)


def _fault(handle: BinaryIO, claim: Claim) -> str:
    """Why the header cannot be used, or nothing."""
    handle.seek(0)
    try:
        read_header(handle, claim.shown, STAGING)
    except DataError as error:
        if not looks_like_a_row(_header(handle)):
            return str(error)[:MAX_REASON]
        return (
            f"{claim.shown}, line 1: this is a row, not a header: its writer went on in a new "
            f"file without one; put the line {','.join(STAGING.columns)} on top (in the order of "
            f"its cells), and let the app write it whenever the file it has opened is empty"
        )
    return ""


def _goes_on(run: _Run, handle: BinaryIO, size: int) -> bool:
    """Whether a drop of `size` bytes was written to while it was sealed, or is written again."""
    number = handle.fileno()
    return os.fstat(number).st_size != size or is_written(number, run.now)


def _seal_from_offset(
    run: _Run, handle: BinaryIO, claim: Claim, size: int, *, is_whole: bool
) -> int:
    """Seal a drop on from where it is sealed: to its end, or to that of its last complete record.

    How many bytes of it are sealed then.
    """
    header = _header(handle)
    start = _sealed_up_to(run, handle, claim, len(header), size)
    first_row = max(start, len(header))
    end = size if is_whole else records_end(handle, first_row, size)
    is_unsealed = is_whole and not start  # a header alone is a batch, too
    if end <= first_row and not is_unsealed:
        return start
    part = measure_part(handle, header if start else b"", start, end)
    _seal(run, handle, claim, part, is_whole=is_whole)
    return end


def _sealed_up_to(
    run: _Run, handle: BinaryIO, claim: Claim, header_bytes: int, size: int
) -> int:
    """How many bytes of a drop are sealed, counting a batch that a killed intake sealed and did not
    write down.
    """
    if claim.offset > size:
        log.warning(
            "%s: its writer has cut it short; it is read from the start again",
            claim.shown,
        )
        return 0
    if not claim.is_left:
        return claim.offset
    header = os.pread(handle.fileno(), header_bytes, 0) if claim.offset else b""
    for batch in sorted(run.earlier, key=lambda batch: -batch.size):
        end = claim.offset + batch.size - len(header)
        if batch.number < claim.number or not claim.offset < end <= size:
            continue
        part = measure_part(handle, header, claim.offset, end)
        if part.sha256 == batch.sha256:
            _note_once(run, claim, part, batch, is_whole=end == size)
            return end
    return claim.offset


def _note_once(
    run: _Run, claim: Claim, part: Part, batch: Batch, *, is_whole: bool
) -> None:
    """A line of the drop log for what a killed intake has sealed, if it has none."""
    if batch.name not in run.noted:
        run.note(claim, "sealed" if is_whole else "partial", part, batch.name)
        run.noted.add(batch.name)


def _seal(
    run: _Run, handle: BinaryIO, claim: Claim, part: Part, *, is_whole: bool
) -> None:
    """Make a batch of a part, or recognise it if it is a whole drop that is sealed already."""
    known = run.known.get(part.sha256[:16])
    if is_whole and not part.start and known:
        run.note(claim, "known", part, known)
        log.info(
            "%s: this content is sealed already (%s), 0 rows added", claim.shown, known
        )
        return
    content = read_part(handle, part.header, part.start, part.end)
    batch = seal(run.batches, run.next_number, part.sha256, content)
    run.made.append(batch)
    run.known[batch.hash16] = batch.name
    run.note(claim, "sealed" if is_whole else "partial", part, batch.name)
    more = "" if is_whole else "; it is still being written, the next run goes on"
    log.info("%s: %d rows sealed as %s%s", claim.shown, part.rows, batch.name, more)


def _refuse(run: _Run, claim: Claim, reason: str, sha256: str | None) -> None:
    """Put a drop that cannot be used aside, with the reason beside it."""
    target = run.staging / REFUSED / f"{claim.ticket:06d}-{_safe(claim.path.stem)}.csv"
    write_text(target.with_name(f"{target.name}.reason.txt"), f"{reason}\n")
    at, size = run.at.isoformat(), claim.path.stat().st_size
    entry = Entry(at, claim.shown, size, None, sha256, None, "refused", reason)
    note(run.batches, entry)
    claim.move(target)
    log.warning("%s: refused; it lies in %s", claim.shown, target)
    run.refused.append(f"{target}: {reason}")


def _safe(stem: str) -> str:
    """The name as letters, digits, `_`, `.` and `-`, at most MAX_NAME_BYTES bytes."""
    name = re.sub(r"[^\w.-]", "_", stem).encode()[:MAX_NAME_BYTES]
    return name.decode(errors="ignore")
