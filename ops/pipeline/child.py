"""A child whose errors are shown as they come, and the end of them kept."""

import os
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

TAIL = 65536  # so much of its messages is kept, to find the failing stage in


def stream(command: Sequence[str], root: Path, env: dict[str, str]) -> tuple[int, str]:
    """Run a command; exit code and the end of what it said on stderr.

    Its output is passed on as it comes.
    """
    process = subprocess.Popen(command, cwd=root, env=env, stderr=subprocess.PIPE)
    assert process.stderr  # noqa: S101 - it is a pipe
    kept = bytearray()
    reader = threading.Thread(
        target=_pass_on, args=(process.stderr.fileno(), kept), daemon=True
    )
    reader.start()
    code = process.wait()
    # a grandchild may hold the pipe open: then the thread goes with this process
    reader.join(timeout=5)
    if not reader.is_alive():
        process.stderr.close()
    return code, kept.decode("utf-8", errors="replace")


def _pass_on(handle: int, kept: bytearray) -> None:
    """Copy a pipe to stderr until it ends, the last of it into `kept`.

    It goes on reading if stderr is gone.
    """
    while block := os.read(handle, 65536):
        kept += block
        del kept[:-TAIL]
        try:
            os.write(2, block)
        except OSError:
            continue
