"""Raw .npy files of a release: written with hash, dtype and shape, mapped only if these are right.

A file is opened once, without following a link; what was checked is what is mapped. Nothing in it
is ever run: an array of objects (a pickle) has a dtype that no entry admits.
"""

import errno
import hashlib
import math
import mmap
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
from pydantic import BaseModel, ConfigDict

from recsys.files.arrays import READ_HEADER, TORN
from recsys.files.atomic import sha256_of
from recsys.program.errors import DataError, in_one_line

BLOCK = (
    1 << 18
)  # bytes that are read at once, a whole number of every dtype; they stay in the cache
NOT_FINITE = "a number that is infinite or none"
ADVICE = "delete this release and publish it again with `python runner.py promote`"
NOT_THE_FILE = {
    errno.EMFILE: "let this program have more open files (`ulimit -n`)",
    errno.ENFILE: "this machine has too many open files",
    errno.ENOMEM: "this machine has too little memory",
}


class Entry(BaseModel):
    """What release.json says of one array."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    sha256: str  # of the whole file
    dtype: str  # as numpy writes it, e.g. <f4
    shape: list[int]


def write(folder: Path, name: str, array: np.ndarray) -> Entry:
    """Write `name`.npy and give its entry; the bytes are a function of the array. They are on the
    disk after `sync`.
    """
    path = folder / f"{name}.npy"
    whole = np.ascontiguousarray(array)
    header = np.lib.format.header_data_from_array_1_0(whole)
    with path.open("wb") as handle:
        np.lib.format.write_array_header_1_0(handle, header)
        # not write_array: where the disk is full it says neither this nor which file
        if whole.size:
            handle.write(whole.data.cast("B"))
    return Entry(sha256=sha256_of(path), dtype=array.dtype.str, shape=list(array.shape))


def write_all(
    folder: Path, arrays: Mapping[str, np.ndarray], dtypes: Mapping[str, str]
) -> dict[str, Entry]:
    """Write the arrays that `dtypes` names, each onto the disk while the next ones are written;
    their entries. DataError if `mapped` would refuse one.
    """
    entries = {}
    with ThreadPoolExecutor(1) as disk:
        synced = []
        for name, dtype in dtypes.items():
            array = arrays[name]
            entries[name] = entry = write(folder, name, array)
            path = folder / f"{name}.npy"
            with _refused(path):
                _check_dtype(entry, dtype)
                if dtype == "<f4" and not np.isfinite(array).all():
                    raise ValueError(NOT_FINITE)
            synced.append(disk.submit(sync, path))
        for one in synced:
            one.result()
    return entries


def sync(path: Path) -> None:
    """Wait until the file is on the disk."""
    with path.open("rb") as handle:
        os.fsync(handle.fileno())


def link(source: Path, target: Path) -> None:
    """Let `target` be the same file; a copy of it where the disk has no hard links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def is_missing(path: Path) -> bool:
    """Whether nothing stands there; False where the system does not say, as of a share that is
    away.
    """
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


@contextmanager
def opened(path: Path, advice: str = ADVICE) -> Iterator[IO[bytes]]:
    """A regular file to read. DataError if it is missing, a link or anything else, with `advice`
    what to do then.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise DataError(
            f"{path}: not a file of a release ({error.strerror}); "
            f"{NOT_THE_FILE.get(error.errno or 0, advice)}"
        ) from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise DataError(f"{path}: not a regular file; {advice}")
    with os.fdopen(handle, "rb", buffering=0) as file:
        yield file


def mapped(folder: Path, name: str, entry: Entry, dtype: str) -> np.ndarray:
    """The array in `name`.npy, mapped and not to be written to.

    DataError unless it is of `dtype`, is what `entry` says byte for byte, and has no number that is
    infinite or none.
    """
    path = folder / f"{name}.npy"
    with opened(path) as file, _refused(path):
        _check_header(file, entry, dtype)
        offset = file.tell()
        _check_content(file, entry, dtype)
        return _map(file, offset, entry)


@contextmanager
def _refused(path: Path) -> Iterator[None]:
    """DataError that names the file, for what is wrong with an array."""
    try:
        yield
    except TORN as error:
        number = error.errno if isinstance(error, OSError) else None
        if advice := NOT_THE_FILE.get(number or 0):
            reason = f"cannot be read ({in_one_line(error)}); {advice}"
        else:
            reason = f"not the array of its release ({in_one_line(error)}); {ADVICE}"
        raise DataError(f"{path}: {reason}") from None


def _check_dtype(entry: Entry, dtype: str) -> None:
    if entry.dtype != dtype:
        raise ValueError(f"{entry.dtype} was published, {dtype} is needed")


def _check_header(file: IO[bytes], entry: Entry, dtype: str) -> None:
    """ValueError unless the header says what the entry says, and the file is as long as that."""
    version = np.lib.format.read_magic(file)
    shape, fortran, found = READ_HEADER[version](file)
    if (list(shape), fortran, found.str) != (entry.shape, False, entry.dtype):
        raise ValueError(
            f"{found.str} of shape {shape}; {entry.dtype} of {entry.shape} was published"
        )
    _check_dtype(entry, dtype)
    size = os.fstat(file.fileno()).st_size - file.tell()
    if min(shape, default=0) < 0 or size != math.prod(shape) * found.itemsize:
        raise ValueError(f"{size} bytes for shape {shape}")


def _check_content(file: IO[bytes], entry: Entry, dtype: str) -> None:
    """ValueError if the hash is another, or a number is not finite. One pass, in blocks."""
    begin = file.tell()
    file.seek(0)
    digest = hashlib.sha256(file.read(begin))
    block = memoryview(bytearray(BLOCK))
    while count := file.readinto(block):  # type: ignore[attr-defined]  # binary
        digest.update(block[:count])
        if dtype == "<f4" and not _is_finite(block[:count]):
            raise ValueError(NOT_FINITE)
    if digest.hexdigest() != entry.sha256:
        raise ValueError("its hash is not the one that was published")


def _is_finite(block: memoryview) -> bool:
    whole = block[: len(block) // 4 * 4]
    return bool(np.isfinite(np.frombuffer(whole, "<f4")).all())


def _map(file: IO[bytes], offset: int, entry: Entry) -> np.ndarray:
    shape = tuple(entry.shape)
    if not math.prod(shape):
        return np.empty(shape, entry.dtype)
    pages = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
    flat = np.frombuffer(pages, entry.dtype, offset=offset)
    return flat.reshape(shape)


def check_matrix(indptr: np.ndarray, items: np.ndarray, count: int, name: str) -> None:
    """ValueError unless the two are a csr with sorted rows of `count` columns."""
    if indptr[0] != 0 or indptr[-1] != len(items) or (np.diff(indptr) < 0).any():
        raise ValueError(f"{name}_indptr does not fit")
    if len(items) and not 0 <= items.min() <= items.max() < count:
        raise ValueError(f"{name}_items has an item outside of {count}")
