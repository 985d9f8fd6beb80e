"""Wall seconds, CPU seconds and peak memory of programs, each in a process of its own."""

import subprocess
import sys
import time
from dataclasses import dataclass

from bench.house.imports import ROOT

KB_A_MB = 1024
SHOWN = 2000  # characters of a failed program's messages
HEAD = "| what | wall s | CPU s | peak MB |\n|---|---|---|---|"
WATCHED = """\
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
use = resource.getrusage(resource.RUSAGE_CHILDREN)
print(use.ru_utime + use.ru_stime, use.ru_maxrss)
sys.exit(done.returncode)
"""


@dataclass(frozen=True)
class Cost:
    """What a program took: wall and CPU seconds, peak resident MB."""

    wall: float
    cpu: float
    peak: int

    def __add__(self, other: "Cost") -> "Cost":
        peak = max(self.peak, other.peak)
        return Cost(self.wall + other.wall, self.cpu + other.cpu, peak)

    def row(self, what: str) -> str:
        """A line of Markdown below HEAD."""
        return f"| {what} | {self.wall:.1f} | {self.cpu:.1f} | {self.peak:,} |"


def cost_of(*arguments: str) -> Cost:
    """Run Python with these arguments to the end. RuntimeError with what it said if it fails."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, sys.executable, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-SHOWN:])
    cpu, peak = done.stdout.split()
    return Cost(time.perf_counter() - start, float(cpu), int(peak) // KB_A_MB)
