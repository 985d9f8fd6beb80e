"""Many sealed batches folded into one zip file; merge reads the same rows from it."""

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path

from recsys.files.atomic import atomic, fsync_folder, sha256_of_handle
from recsys.intake.batches import (
    BATCH_NAME,
    COPY_BYTES,
    FOLDED_NAME,
    Batch,
    files_named,
    locked,
    naming_damage,
    sealed,
)
from recsys.program.errors import DataError

_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_READ_ONLY_FILE = 0o100444 << 16


def compact(batches: Path) -> Path | None:
    """Fold all batches into one zip and return it; None if there is nothing to fold (at most one,
    or folded already).

    The zip is read back and compared before the first file goes, so a kill leaves every batch in
    one place or in two; the next compaction ends what was begun. Same batches, same bytes.
    DataError if a batch is damaged.
    """
    with locked(batches):
        folded = sealed(batches)
        if len(folded) < 2:
            return None
        target = batches / _folded_name(folded)
        files = [*files_named(BATCH_NAME, batches), *files_named(FOLDED_NAME, batches)]
        spare = [path for path in files if path != target]
        if not spare:
            return None
        if target.exists():
            _verify(target, folded)
        else:
            with atomic(target) as temp:
                _fold(temp, folded)
                _verify(temp, folded)
        for path in spare:
            path.unlink()
        fsync_folder(batches)
        return target


def _folded_name(batches: Sequence[Batch]) -> str:
    """First and last number, and a hash of all names and hashes."""
    listing = "".join(f"{batch.name} {batch.sha256}\n" for batch in batches)
    hash16 = hashlib.sha256(listing.encode()).hexdigest()[:16]
    return f"{batches[0].number:06d}-{batches[-1].number:06d}-{hash16}.zip"


def _fold(path: Path, batches: Sequence[Batch]) -> None:
    """Write the zip; stored, not compressed, so that its bytes depend on no version of a
    compressor.
    """
    with zipfile.ZipFile(path, "w") as folded:
        for batch in batches:
            member = zipfile.ZipInfo(batch.name, _ZIP_DATE)
            member.file_size = batch.size
            member.create_system = 3
            member.external_attr = _READ_ONLY_FILE
            with batch.open() as source, folded.open(member, "w") as target:
                while data := source.read(COPY_BYTES):
                    target.write(data)


def _verify(path: Path, batches: Sequence[Batch]) -> None:
    """DataError if the zip does not hold exactly these batches, byte for byte."""
    with naming_damage(path), zipfile.ZipFile(path) as folded:
        hashes = {}
        for name in folded.namelist():
            with folded.open(name) as member:
                hashes[name] = sha256_of_handle(member)
    if hashes != {batch.name: batch.sha256 for batch in batches}:
        raise DataError(
            f"{path}: the zip does not hold what was folded into it; remove it and run again"
        )
