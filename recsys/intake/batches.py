"""The sealed batches: immutable, numbered files named by their content.

    data/batches/NNNNNN-<16 hex>.csv            a batch; the hash is the start of its sha256
    data/batches/NNNNNN-NNNNNN-<16 hex>.zip     many batches folded into one file (compaction.py)
    data/batches/mended.csv                     which refused rows are replaced (mended.py)

What became of each drop stands in the drop log (drop_log.py).
"""

import hashlib
import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, cast

from recsys.files import lock
from recsys.files.atomic import TEMP_SUFFIX, atomic, sha256_of_handle
from recsys.intake.drop_log import sealed_at
from recsys.program.errors import DataError

COPY_BYTES = 1 << 20
MENDED = "mended.csv"

BATCH_NAME = re.compile(r"(\d{6,})-([0-9a-f]{16})\.csv")
FOLDED_NAME = re.compile(r"\d{6,}-\d{6,}-[0-9a-f]{16}\.zip")


@dataclass(frozen=True)
class Batch:
    """A sealed batch: the file `path`, or a member of the zip `path`. `received` is None if nobody
    noted it.
    """

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
        """Hash of its bytes, 64 hex digits. DataError if they are no longer those that its name
        stands for.
        """
        with self.open() as handle, naming_damage(self.path):
            digest = sha256_of_handle(handle)
        if not digest.startswith(self.hash16):
            raise DataError(
                f"{self.path}: batch {self.name} is damaged: its sha256 is {digest}; "
                f"restore the file"
            )
        return digest

    def open(self) -> BinaryIO:
        """Its bytes, to read."""
        if self.path.name == self.name:
            return self.path.open("rb")
        with naming_damage(self.path), zipfile.ZipFile(self.path) as folded:
            # the member keeps the file open
            return cast(BinaryIO, folded.open(self.name))


def sealed(batches: Path) -> list[Batch]:
    """All batches in the order of their numbers; one that is both a file and a member of a zip
    counts once.

    DataError if a zip of batches cannot be read.
    """
    received = sealed_at(batches)
    by_name = {}
    for path in files_named(FOLDED_NAME, batches):
        for name, size in _members(path).items():
            by_name[name] = Batch(name, path, size, received.get(name))
    for path in files_named(BATCH_NAME, batches):
        name, size = path.name, path.stat().st_size
        by_name[name] = Batch(name, path, size, received.get(name))
    return sorted(by_name.values(), key=lambda batch: (batch.number, batch.name))


def _members(path: Path) -> dict[str, int]:
    """The batches in a zip: bytes by name."""
    with naming_damage(path), zipfile.ZipFile(path) as folded:
        members = folded.infolist()
    return {
        member.filename: member.file_size
        for member in members
        if BATCH_NAME.fullmatch(member.filename)
    }


def files_named(pattern: re.Pattern[str], folder: Path) -> list[Path]:
    """Files of the folder whose whole names match, by name."""
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if pattern.fullmatch(path.name) and path.is_file()
    )


@contextmanager
def naming_damage(path: Path) -> Iterator[None]:
    """DataError that names the zip, where it cannot be read."""
    try:
        yield
    except (
        zipfile.BadZipFile,
        EOFError,
        NotImplementedError,
        RuntimeError,
        KeyError,
    ) as error:
        raise DataError(
            f"{path}: the zip of batches is damaged ({error}); restore the file"
        ) from None


@contextmanager
def locked(batches: Path) -> Iterator[None]:
    """One intake or compaction at a time; the next one waits. The system gives the lock back when
    its holder dies.

    What a killed holder left half written goes.
    """
    batches.mkdir(parents=True, exist_ok=True)
    with lock.held(batches):
        for path in batches.glob(f".*{TEMP_SUFFIX}"):
            path.unlink()
        yield


def seal(batches: Path, number: int, sha256: str, content: Iterable[bytes]) -> Batch:
    """Write a batch, whole or not at all. DataError if `content` does not have this hash (it
    changed meanwhile).
    """
    name = f"{number:06d}-{sha256[:16]}.csv"
    digest = hashlib.sha256()
    with atomic(batches / name) as temp:
        with temp.open("wb") as handle:
            for data in content:
                digest.update(data)
                handle.write(data)
        if digest.hexdigest() != sha256:
            raise DataError(
                f"{batches / name}: the drop was changed while it was read; run again"
            )
        size = temp.stat().st_size
    return Batch(name, batches / name, size, None)
