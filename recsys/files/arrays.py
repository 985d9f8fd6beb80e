"""Arrays between stages: npz files, checked when they are read."""

import io
import math
import struct
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import IO

import numpy as np

from recsys.files.atomic import atomic
from recsys.program.errors import DataError, in_one_line

# what numpy and zipfile raise at files that are cut off or changed
TORN = (
    ValueError,
    LookupError,
    OSError,
    EOFError,
    TypeError,
    AttributeError,
    RuntimeError,
    ArithmeticError,
)
TORN_ARCHIVE = (struct.error, zipfile.BadZipFile, zlib.error, tokenize.TokenError)
# how many times its size in the archive a member may have: deflate has no more, others are refused
GROWTH = {zipfile.ZIP_STORED: 1, zipfile.ZIP_DEFLATED: 1032}
READ_HEADER = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def write_arrays(path: Path, **arrays: np.ndarray) -> None:
    """Write an npz file, whole or not at all, with the same bytes on every Python.

    numpy's own writer leaves the layout of the archive to the zipfile module, and that has changed
    between patch releases.
    """
    with (
        atomic(path) as temp,
        zipfile.ZipFile(temp, "w", zipfile.ZIP_STORED) as archive,
    ):
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(
                content, np.ascontiguousarray(array), allow_pickle=False
            )
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), content.getbuffer())


def read_arrays(path: Path, what: str, stage: str) -> dict[str, np.ndarray]:
    """The arrays of an npz file by name, no pickles.

    DataError if the file is missing or torn; it says `what` it should be, and the `stage` that
    makes it.
    """
    try:
        _check_sizes(path)
        with path.open("rb") as handle, np.load(handle) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; run `dvc repro {stage}`") from None
    except (*TORN, *TORN_ARCHIVE) as error:
        reason = in_one_line(error)
        raise DataError(
            f"{path}: not {what} ({reason}); delete it and run `dvc repro {stage}`"
        ) from None


def _check_sizes(path: Path) -> None:
    """ValueError if an array claims another size than it has: numpy would allocate what the header
    says, then read.
    """
    whole = path.stat().st_size
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            at_most = info.compress_size * GROWTH.get(info.compress_type, 0)
            if info.compress_size > whole or info.file_size > at_most:
                raise ValueError(
                    f"{info.filename} claims {info.file_size} bytes in a file of {whole}"
                )
            with archive.open(info) as member:
                _check_header(member, info)


def _check_header(member: IO[bytes], info: zipfile.ZipInfo) -> None:
    """ValueError if the array's header claims another size than the member has."""
    version = np.lib.format.read_magic(member)
    shape, _, dtype = READ_HEADER[version](member)
    claimed = math.prod(shape) * dtype.itemsize
    left = info.file_size - member.tell()
    if min(shape, default=0) < 0 or claimed != left:
        raise ValueError(
            f"{info.filename} claims shape {shape} of {dtype} in {info.file_size} bytes"
        )


def pack_ids(ids: list[str]) -> np.ndarray:
    """Ids as UTF-8 bytes (uint8), a newline between two: an id has no control character."""
    return np.frombuffer("\n".join(ids).encode(), dtype=np.uint8)


def unpack_ids(packed: np.ndarray) -> list[str]:
    """The inverse of `pack_ids`."""
    return packed.tobytes().decode().split("\n") if packed.size else []
