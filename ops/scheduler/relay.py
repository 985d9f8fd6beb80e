"""Copies what a job prints into its log: the beginning and the end, never more than 20 MB.

reads   stdin, until all who could write to it are gone
writes  the log that is named

A process of its own, so that neither a job that prints without end nor a runner that is frozen or
killed harms the other; run as a file, it imports nothing of this project. A log that cannot be
written (a full disk) does not stop the job: the rest of it is read and thrown away.
"""

import contextlib
import os
import signal
import sys
from collections import deque
from collections.abc import Iterator

HEAD, TAIL = (
    16_000_000,
    4_000_000,
)  # bytes that are kept of the beginning and of the end
BLOCK = 65536


def blocks(source: int) -> Iterator[bytes]:
    """What can be read, until the end."""
    while block := os.read(source, BLOCK):
        yield block


def relay(source: int, log: int, head: int = HEAD, tail: int = TAIL) -> None:
    """Copy: the first bytes at once, the last ones at the end."""
    room = head
    last: deque[bytes] = deque()
    held = left_out = 0
    for block in blocks(source):
        write(log, block[:room])
        rest = block[room:]
        room -= len(block) - len(rest)
        if rest and not held:
            write(log, told(f"only the last {tail:,} bytes are kept from here on"))
        if rest:
            last.append(rest)
            held += len(rest)
        while last and held - len(last[0]) >= tail:
            held -= len(last[0])
            left_out += len(last.popleft())
    if left_out:
        write(log, told(f"{left_out:,} bytes were left out here"))
    for block in last:
        write(log, block)


def told(what: str) -> bytes:
    """A line of ours between those of the job."""
    return f"\n[the job has printed more than its log holds: {what}]\n".encode()


def write(log: int, content: bytes) -> None:
    """Write all of it, or as much as the disk takes."""
    with contextlib.suppress(OSError):
        while content:
            content = content[os.write(log, content) :]


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it ends when the job has ended
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    relay(0, os.open(sys.argv[1], flags, 0o644))
