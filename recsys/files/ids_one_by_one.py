"""The ids in an npz file one after the other, without numpy (its import takes a tenth of a second).

They lie there as recsys/files/arrays.py packs them: UTF-8, a newline between two.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

MAGIC = b"\x93NUMPY"
WIDTHS = {1: "<H", 2: "<I"}  # of the length of the header, by version
# what zipfile raises at files that are cut off or changed
TORN = (
    ValueError,
    LookupError,
    OSError,
    EOFError,
    RuntimeError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


def ids_of(path: Path, name: str) -> Iterator[str]:
    """The ids of the array `name`; a file that is missing or torn ends them."""
    with (
        suppress(*TORN),
        zipfile.ZipFile(path) as archive,
        archive.open(f"{name}.npy") as member,
    ):
        _skip_header(member)
        for line in io.TextIOWrapper(member, encoding="utf-8", newline="\n"):
            yield line.removesuffix("\n")


def _skip_header(member: IO[bytes]) -> None:
    """ValueError if it is no array of numpy."""
    start = member.read(len(MAGIC) + 2)
    if start[: len(MAGIC)] != MAGIC:
        raise ValueError("no array of numpy")
    width = WIDTHS[start[len(MAGIC)]]
    (length,) = struct.unpack(width, member.read(struct.calcsize(width)))
    member.read(length)
