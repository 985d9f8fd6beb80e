"""Claims: drops that were moved out of their writers' reach, into folders that say how far each is
sealed.

    data/staging/.claimed/TICKET.OFFSET.NUMBER.SIZE/<the drop's own name>

A rename is all it takes to claim a drop, and to write down that more of it is sealed: it happens or
it does not.
"""

import logging
import os
import re
import stat
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from recsys.files.atomic import fsync_folder
from recsys.intake.open_files import is_written
from recsys.program.errors import DataError

CLAIMED, REFUSED = ".claimed", ".refused"
FOREIGN = ".foreign"  # claimed by recsys/intake/foreign_drops.py
TEXTS = (".csv", ".tsv", ".txt", ".dat", ".data", ".json", ".jsonl", ".ndjson")
ENDINGS = (*TEXTS, ".parquet")  # of drops in the shop's own form; each also with .gz
GRACE_S = 0.05  # an `open` may have looked up the name just before the rename, not be in force yet
POLL_S = 0.01
MAX_ESCAPED = 50  # characters: with at most 4 bytes each the name fits

_STATE = re.compile(r"(\d+)\.(\d+)\.(\d+)\.(\d+)")
_TICKET = re.compile(r"\d+")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Claim:
    """A drop that no writer can find by its name any more, and how far it is sealed."""

    path: Path
    is_left: bool  # by an earlier intake, which may have been killed
    ticket: int
    offset: int  # bytes of it that are sealed
    number: int  # the next batch's, when that was written down
    size: int  # of the file when it was last seen without a writer, 0 if it never was

    @property
    def shown(self) -> str:
        return shown(self.path.name)

    def open(self) -> BinaryIO:
        """To read; never through a link, and never waiting for the other end of a pipe."""
        return os.fdopen(
            os.open(
                self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            ),
            "rb",
        )

    def keep(self, offset: int, number: int, size: int) -> None:
        """Write down how far it is sealed, for the next intake."""
        if (offset, size) == (self.offset, self.size):
            return
        folder = self.path.parent
        folder.rename(folder.with_name(_state(self.ticket, offset, number, size)))
        fsync_folder(folder.parent)

    def move(self, target: Path) -> None:
        """Put it elsewhere in staging; the claim is done with."""
        self.path.rename(target)
        self.path.parent.rmdir()
        fsync_folder(target.parent)

    def remove(self) -> None:
        self.path.unlink()
        self.path.parent.rmdir()


def shown(name: str) -> str:
    """A file's name for people: what cannot be printed, or is no text, as escapes."""
    return repr(name)[1:-1]


def claim_all(staging: Path, number: int) -> list[Claim]:
    """Move all drops out of their writers' reach. `number` is the next batch's.

    DataError if something else stands where our folders are to be.
    """
    desk, refused = staging / CLAIMED, staging / REFUSED
    places = [folder / name for folder in (desk, staging) for name in _drops(folder)]
    if not places:
        return []
    for folder in (desk, refused):
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise DataError(f"{folder}: not a folder of ours; remove it and run again")
    desk.mkdir(exist_ok=True)
    first = 1 + max(_last_ticket(desk), _last_ticket(refused))
    claims = [
        _claim(desk, place, ticket, number)
        for ticket, place in enumerate(places, first)
    ]
    fsync_folder(desk)
    fsync_folder(staging)
    return [claim for claim in claims if claim]


def _claim(desk: Path, place: Path, ticket: int, number: int) -> Claim | None:
    """Move one drop; None if its writer has taken it back."""
    folder = desk / _state(ticket, 0, number, 0)
    folder.mkdir()
    target = folder / _kept_name(place.name)
    try:
        place.rename(target)
    except FileNotFoundError:
        folder.rmdir()
        return None
    return Claim(target, False, ticket, 0, number, 0)


def _kept_name(name: str) -> str:
    """The name itself; escapes if it is no UTF-8, which DVC could not bear in a folder that it
    looks through.
    """
    text = _as_text(name)
    return name if text == name else f"{text[:-4][:MAX_ESCAPED]}.csv"


def _as_text(name: str) -> str:
    """The name with bytes that are no UTF-8 as escapes."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _drops(folder: Path) -> list[str]:
    """Names of the files in a folder that are to be taken, in order; other things of such a name
    are reported.
    """
    names = []
    for entry in os.scandir(folder) if folder.is_dir() else []:
        if not entry.name.endswith(".csv") or entry.name.startswith("."):
            continue
        if not entry.is_file(follow_symlinks=False):
            log.warning(
                "%s/%s: not a regular file; left where it is", folder, shown(entry.name)
            )
            continue
        with suppress(FileNotFoundError):  # its writer has taken it back
            if entry.stat(follow_symlinks=False).st_size:
                names.append(entry.name)
    return sorted(names, key=os.fsencode)


def left_alone(staging: Path) -> list[str]:
    """What lies in `staging` and is no drop, with what to do, to be said: files of another ending,
    and folders.
    """
    words = []
    for entry in sorted(staging.iterdir()) if staging.is_dir() else []:
        if entry.name.startswith(".") or entry.name.endswith(".csv"):
            continue
        todo = "only files that end in .csv are taken; "
        if entry.is_dir():
            todo += "put them into the folder itself"
        elif entry.suffix.lower() == ".csv":
            todo += "rename it"
        else:
            todo += "save it as CSV (UTF-8, commas) under such a name"
        words.append(f"{staging}/{shown(entry.name)}: left where it is: {todo}")
    return words


def may_be_mapped(name: str) -> bool:
    """Whether a mapping of `source` may read a file of this name."""
    return name.lower().removesuffix(".gz").endswith(ENDINGS)


def strangers(staging: Path) -> list[Path]:
    """What DVC cannot look through when it hashes `staging`, to be reported before it does.

    It hangs at a pipe, and fails at a socket, a dangling link and a name that is no UTF-8.
    """
    strange = []
    for folder, folders, files in os.walk(staging):
        for path in (Path(folder) / name for name in [*folders, *files]):
            is_text = _as_text(path.name) == path.name
            if not is_text or not (path.is_file() or path.is_dir()):
                strange.append(path)
    return sorted(strange, key=os.fsencode)


def _state(ticket: int, offset: int, number: int, size: int) -> str:
    return f"{ticket:06d}.{offset}.{number}.{size}"


def _last_ticket(folder: Path) -> int:
    """The highest number that a name in the folder begins with."""
    if not folder.is_dir():
        return 0
    numbers = [_TICKET.match(path.name) for path in folder.iterdir()]
    return max((int(number[0]) for number in numbers if number), default=0)


def claims_left(staging: Path) -> list[Claim]:
    """The claims of earlier intakes in their order; folders that are done with go."""
    desk = staging / CLAIMED
    claims = []
    for folder in desk.iterdir() if desk.is_dir() else []:
        state = _STATE.fullmatch(folder.name)
        if not state or not stat.S_ISDIR(folder.lstat().st_mode):
            continue
        ticket, offset, number, size = map(int, state.groups())
        if names := _drops(folder):
            claims.append(Claim(folder / names[0], True, ticket, offset, number, size))
        elif not any(folder.iterdir()):
            folder.rmdir()
    return sorted(claims, key=lambda claim: claim.ticket)


def wait_for_writers(claims: Sequence[Claim], settle_s: float, now: datetime) -> None:
    """Wait until nobody writes any of them, and a moment in any case if one is new; at most
    `settle_s` seconds.
    """
    end = time.monotonic() + settle_s
    if not all(claim.is_left for claim in claims):
        time.sleep(min(GRACE_S, settle_s))
    for claim in claims:
        while _is_busy(claim, now) and time.monotonic() < end:
            time.sleep(POLL_S)


def _is_busy(claim: Claim, now: datetime) -> bool:
    try:
        with claim.open() as handle:
            return is_written(handle.fileno(), now)
    except PermissionError:  # it will be refused
        return False
