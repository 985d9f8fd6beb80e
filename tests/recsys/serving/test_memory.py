"""A model that was replaced leaves no memory behind, however often that happens."""

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


@pytest.mark.skipif(
    memory._function("mallopt") is None, reason="another C library than glibc"
)
def test_what_is_freed_is_given_back() -> None:
    done = subprocess.run(
        [sys.executable, "-c", REPLACES, "give back"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) < 60  # 120 MB were held at once
