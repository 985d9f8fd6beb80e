"""The sealed batches: immutable, numbered files named by their content, and the ledger of how they came.

    data/batches/NNNNNN-<16 hex>.csv            a batch; the hash is the start of its sha256
    data/batches/NNNNNN-NNNNNN-<16 hex>.zip     batches that `compact` folded into one file, under their names
    data/batches/ledger.jsonl                   one line for what became of a drop

The ledger only tells: which rows are sealed follows from the batches alone, so that losing it costs no row.
"""

import fcntl
import hashlib
import io
import json
import os
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from recsys.artifacts import TEMP_SUFFIX, atomic, fsync_folder
from recsys.errors import DataError

LEDGER = "ledger.jsonl"
COPY_BYTES = 1 << 20

_BATCH = re.compile(r"(\d{6,})-([0-9a-f]{16})\.csv")
_FOLDED = re.compile(r"\d{6,}-\d{6,}-[0-9a-f]{16}\.zip")
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_READ_ONLY_FILE = 0o100444 << 16


@dataclass(frozen=True)
class Batch:
    """A sealed batch: the file `path`, or a member of the zip `path`. `received` is None if nobody noted it."""

    name: str
    path: Path
    size: int  # bytes
    received: datetime | None

    @property
    def number(self) -> int:
        return int(self.name.split("-")[0])

    @property
    def hash16(self) -> str:
        return self.name[-20:-4]

    @cached_property
    def sha256(self) -> str:
        """Hash of its bytes, 64 hex digits. DataError if they are no longer those that its name stands for."""
        with self.open() as handle, _damage(self.path):
            digest = _sha256(handle)
        if not digest.startswith(self.hash16):
            raise DataError(f"{self.path}: batch {self.name} is damaged: its sha256 is {digest}; restore the file")
        return digest

    def open(self) -> BinaryIO:
        """Its bytes, to read."""
        if self.path.name == self.name:
            return self.path.open("rb")
        with _damage(self.path), zipfile.ZipFile(self.path) as folded:  # the member keeps the file open
            return cast(BinaryIO, folded.open(self.name))


def _sha256(handle: IO[bytes]) -> str:
    return hashlib.file_digest(cast(io.BufferedIOBase, handle), "sha256").hexdigest()


def sealed(batches: Path) -> list[Batch]:
    """All batches in the order of their numbers; one that is both a file and a member of a zip counts once.

    DataError if a zip of batches cannot be read.
    """
    received = _received(batches)
    found = {}
    for path in _files(batches, _FOLDED):
        with _damage(path), zipfile.ZipFile(path) as folded:
            sizes = {member.filename: member.file_size for member in folded.infolist()}
        for name in filter(_BATCH.fullmatch, sizes):
            found[name] = Batch(name, path, sizes[name], received.get(name))
    for path in _files(batches, _BATCH):
        found[path.name] = Batch(path.name, path, path.stat().st_size, received.get(path.name))
    return sorted(found.values(), key=lambda batch: (batch.number, batch.name))


def _files(batches: Path, pattern: re.Pattern[str]) -> list[Path]:
    """Files of the folder whose names match, by name."""
    if not batches.is_dir():
        return []
    return sorted(path for path in batches.iterdir() if pattern.fullmatch(path.name) and path.is_file())


@contextmanager
def _damage(path: Path) -> Iterator[None]:
    """A zip that cannot be read is one line for the user."""
    try:
        yield
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, KeyError) as error:
        raise DataError(f"{path}: the zip of batches is damaged ({error}); restore the file") from None


@contextmanager
def locked(batches: Path) -> Iterator[None]:
    """One intake or compaction at a time; the next one waits. The system gives the lock back when its holder dies.

    What a killed holder left half written goes.
    """
    batches.mkdir(parents=True, exist_ok=True)
    handle = os.open(batches, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        for path in batches.glob(f".*{TEMP_SUFFIX}"):
            path.unlink()
        yield
    finally:
        os.close(handle)


def seal(batches: Path, number: int, sha256: str, content: Iterable[bytes]) -> Batch:
    """Write a batch, whole or not at all. DataError if `content` does not have this hash (it changed meanwhile)."""
    name = f"{number:06d}-{sha256[:16]}.csv"
    digest = hashlib.sha256()
    with atomic(batches / name) as temp:
        with temp.open("wb") as handle:
            for data in content:
                digest.update(data)
                handle.write(data)
        if digest.hexdigest() != sha256:
            raise DataError(f"{batches / name}: the drop was changed while it was read; run again")
        size = temp.stat().st_size
    return Batch(name, batches / name, size, None)


# ---- the ledger ----


@dataclass(frozen=True)
class Entry:
    """A line of the ledger. `rows` are lines without the header, `bytes` and `sha256` are of what was sealed.

    verdict  sealed   the drop, or the last part of it, is in `batch`
             partial  what its writer had finished is in `batch`; the writer goes on
             known    this content is sealed already, in `batch`
             refused  `reason` says why; the file lies in data/staging/.refused
             seen     a raw file was read for the first time
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
    """Append a line and make it last. A line that a kill cut short goes; a full disk leaves the ledger as it was."""
    path = batches / LEDGER
    is_new = not path.exists()
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        _append(handle, json.dumps(asdict(entry), ensure_ascii=False).encode() + b"\n")
    finally:
        os.close(handle)
    if is_new:
        fsync_folder(batches)


def _append(handle: int, line: bytes) -> None:
    size = os.fstat(handle).st_size
    if size and os.pread(handle, 1, size - 1) != b"\n":
        size = os.pread(handle, size, 0).rfind(b"\n") + 1
        os.ftruncate(handle, size)
    try:
        while line:
            line = line[os.write(handle, line) :]
        os.fsync(handle)
    except OSError:
        with suppress(OSError):
            os.ftruncate(handle, size)
        raise


def entries(batches: Path) -> list[dict[str, Any]]:
    """The whole lines of the ledger as they stand, oldest first; what is no JSON object is passed over."""
    path = batches / LEDGER
    found = []
    for line in path.read_bytes().splitlines(keepends=True) if path.exists() else []:
        with suppress(ValueError, RecursionError):
            entry = json.loads(line) if line.endswith(b"\n") else None
            if isinstance(entry, dict):
                found.append(entry)
    return found


def _received(batches: Path) -> dict[str, datetime]:
    """When each batch was sealed, by its name, as far as the ledger knows."""
    found: dict[str, datetime] = {}
    for entry in entries(batches):
        if entry.get("verdict") in ("sealed", "partial") and (at := _time(entry)):
            found.setdefault(str(entry.get("batch")), at)
    return found


def _time(entry: dict[str, Any]) -> datetime | None:
    """When a line was written; None if it does not say so with an offset."""
    try:
        at = datetime.fromisoformat(entry["at"])
    except (KeyError, TypeError, ValueError):
        return None
    return at if at.tzinfo else None


def first_seen(batches: Path, name: str, sha256: str, now: datetime) -> datetime:
    """When this content was read for the first time; noted as `now` if the ledger has no line of it."""
    for entry in entries(batches):
        if entry.get("verdict") == "seen" and entry.get("sha256") == sha256 and (at := _time(entry)):
            return at
    batches.mkdir(parents=True, exist_ok=True)
    note(batches, Entry(now.isoformat(), name, None, None, sha256, None, "seen"))
    return now


# ---- compaction ----


def compact(batches: Path) -> Path | None:
    """Fold all batches into one zip and return it; None if there is nothing to fold (at most one, or folded already).

    The zip is read back and compared before the first file goes, so a kill leaves every batch in one place or in
    two; the next compaction ends what was begun. Same batches, same bytes. DataError if a batch is damaged.
    """
    with locked(batches):
        found = sealed(batches)
        if len(found) < 2:
            return None
        target = batches / _folded_name(found)
        spare = [path for path in (*_files(batches, _BATCH), *_files(batches, _FOLDED)) if path != target]
        if not spare:
            return None
        if target.exists():
            _verify(target, found)
        else:
            with atomic(target) as temp:
                _fold(temp, found)
                _verify(temp, found)
        for path in spare:
            path.unlink()
        fsync_folder(batches)
        return target


def _folded_name(found: Sequence[Batch]) -> str:
    """First and last number, and a hash of all names and hashes."""
    listing = "".join(f"{batch.name} {batch.sha256}\n" for batch in found)
    return f"{found[0].number:06d}-{found[-1].number:06d}-{hashlib.sha256(listing.encode()).hexdigest()[:16]}.zip"


def _fold(path: Path, found: Sequence[Batch]) -> None:
    """Write the zip; stored, not compressed, so that its bytes depend on no version of a compressor."""
    with zipfile.ZipFile(path, "w") as folded:
        for batch in found:
            member = zipfile.ZipInfo(batch.name, _ZIP_DATE)
            member.file_size = batch.size
            member.create_system = 3
            member.external_attr = _READ_ONLY_FILE
            with batch.open() as source, folded.open(member, "w") as target:
                while data := source.read(COPY_BYTES):
                    target.write(data)


def _verify(path: Path, found: Sequence[Batch]) -> None:
    """DataError if the zip does not hold exactly these batches, byte for byte."""
    with _damage(path), zipfile.ZipFile(path) as folded:
        hashes = {}
        for name in folded.namelist():
            with folded.open(name) as member:
                hashes[name] = _sha256(member)
    if hashes != {batch.name: batch.sha256 for batch in found}:
        raise DataError(f"{path}: the zip does not hold what was folded into it; remove it and run again")
