"""A model that was replaced leaves no memory behind; what a list needs stays for the next one."""

import subprocess
import sys

import pytest

from bench.house.imports import ROOT
from recsys.serving import memory

REPLACES = """
import sys
import numpy as np
from recsys.serving import memory
if sys.argv[1] == "give back":
    assert memory.give_back_large_arrays()
kept = []
for turn in range(12):
    large = [np.ones(2_500_000, np.float64) for _ in range(3)]  # 20 MB each
    kept.append(bytearray(500_000))  # something small outlives it
    if len(kept) > 1:
        del before
    before = large
del large, before
memory.trim()
print(int(open("/proc/self/statm").read().split()[1]) * 4096 >> 20)
"""

LISTS = """
import resource
import numpy as np
from recsys.serving import memory
memory.give_back_large_arrays()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def score():  # as of a list of a shop with 40,000 products
    raw = np.ones((3, 40_000), np.float32)
    for row in raw:
        row.astype(np.float64)
score()
before = faults()
for _ in range(100):
    score()
print(faults() - before)
"""
needs_glibc = pytest.mark.skipif(
    memory._function("mallopt") is None, reason="another C library than glibc"
)


def run(code: str, *arguments: str) -> int:
    """The number that a program prints."""
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return int(done.stdout)


@needs_glibc
def test_what_each_list_needs_is_not_given_back_and_fetched_again() -> None:
    assert run(LISTS) < 1000  # pages; 200 a list else


@needs_glibc
def test_what_is_freed_is_given_back() -> None:
    assert run(REPLACES, "give back") < 60  # MB; 120 were held at once
