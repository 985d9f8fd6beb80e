"""Parts of a drop: where its last complete record ends, and the bytes that become one batch."""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from recsys.intake.batches import COPY_BYTES
from recsys.shop_csv.records import MAX_RECORD_BYTES

# a line that ends inside a quoted text
_OPEN_QUOTE = re.compile(rb'(?>(?>"(?>[^"]|"")*"|[^",\n]*),)*+"(?>[^"]|"")*+')


@dataclass(frozen=True)
class Part:
    """A header and the bytes of a drop from `start` to `end`: what becomes one batch."""

    header: bytes  # empty if the drop's own is between start and end
    start: int
    end: int
    rows: int  # newlines after the header
    sha256: str  # of the header and the bytes

    @property
    def bytes(self) -> int:
        return len(self.header) + self.end - self.start


def read_part(handle: BinaryIO, header: bytes, start: int, end: int) -> Iterator[bytes]:
    """The header, then the bytes from start to end (fewer if the file ends before)."""
    yield header
    handle.seek(start)
    while start < end and (data := handle.read(min(COPY_BYTES, end - start))):
        yield data
        start += len(data)


def measure_part(handle: BinaryIO, header: bytes, start: int, end: int) -> Part:
    """The part of a drop, its rows counted and its bytes hashed."""
    digest, newlines, last = hashlib.sha256(), 0, b""
    for data in read_part(handle, header, start, end):
        digest.update(data)
        newlines += data.count(b"\n")
        last = data[-1:]
    return Part(header, start, end, newlines - (last == b"\n"), digest.hexdigest())


def sha256_of_drop(handle: BinaryIO) -> str:
    """Hash of all of its bytes, 64 hex digits."""
    return measure_part(handle, b"", 0, os.fstat(handle.fileno()).st_size).sha256


def records_end(handle: BinaryIO, start: int, size: int) -> int:
    """Where the last complete record ends, in bytes, for a record that begins at `start` in a file
    of `size` bytes; a newline in quotes ends none.
    """
    handle.seek(start)
    end = at = start
    quotes = 0
    while at < size and (line := handle.readline(MAX_RECORD_BYTES)).endswith(b"\n"):
        is_first = at == end
        at += len(line)
        quotes += line.count(b'"')
        may_be_quoted = quotes % 2 == 1 and at - end <= MAX_RECORD_BYTES
        if may_be_quoted and (not is_first or _OPEN_QUOTE.fullmatch(line)):
            continue
        end, quotes = at, 0
    return end
