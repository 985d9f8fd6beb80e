"""Threads of a stage share one arena: what one has freed another one takes."""

import subprocess
import sys

import pytest

from bench.house.imports import ROOT

# threads, one after the other alive, each of which frees a tenth of what is asked for
PROGRAM = """\
{first}
import ctypes, threading
libc = ctypes.CDLL(None)
together = threading.Barrier(8)

def work():
    libc.malloc(64)
    together.wait()

threads = [threading.Thread(target=work) for _ in range(8)]
[one.start() for one in threads]
[one.join() for one in threads]
libc.malloc_stats()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc is Linux's")
@pytest.mark.parametrize(("first", "is_one"), [("import stages", True), ("", False)])
def test_a_stage_has_one_arena(first: str, is_one: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(first=first)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Arena 0" in done.stderr
    assert ("Arena 1" not in done.stderr) is is_one


FREES = """\
import stages
from recsys.program import arenas

def taken():
    return int(open("/proc/self/statm").read().split()[1]) * 4 >> 10

parts = [b"x" * 100_000 for _ in range(2000)]
kept = parts[::100]
del parts
before = taken()
arenas.give_back()
print(before - taken())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc is Linux's")
def test_what_was_freed_is_given_back() -> None:
    """200 MB of which a hundredth is kept here and there."""
    done = subprocess.run(
        [sys.executable, "-c", FREES],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) > 150
