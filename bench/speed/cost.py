"""Wall seconds, CPU seconds and peak memory of programs, each in a process of its own.

CPU is that of the program and all its children. The peak is the largest sum of resident memory of
the program and its children at one time, looked at every LOOK_S seconds, and at least that of the
largest one by the kernel's own count. A page that two of them share counts half for each (PSS), as
it is there once: stages are copies of one process; where the system does not say so, it counts
twice.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from bench.house.imports import ROOT

KB_A_MB = 1024
SHOWN = 2000  # characters of a failed program's messages
LOOK_S = 0.1
HEAD = "| what | wall s | CPU s | peak MB |\n|---|---|---|---|"
WATCHED = f"""\
import json, resource, subprocess, sys, threading, time
import psutil
env = json.load(sys.stdin)
me, largest, over = psutil.Process(), 0, threading.Event()
def look():
    global largest
    while not over.wait({LOOK_S}):
        total = 0
        for child in me.children(recursive=True):
            try:
                used = child.memory_full_info()
                total += getattr(used, "pss", used.rss)
            except psutil.Error:
                pass
        largest = max(largest, total >> 10)
began = time.perf_counter()
process = subprocess.Popen(
    sys.argv[1:], env=env, stdin=subprocess.DEVNULL, stdout=sys.stderr
)
looking = threading.Thread(target=look)
looking.start()
process.wait()
wall = time.perf_counter() - began
over.set()
looking.join()
use = resource.getrusage(resource.RUSAGE_CHILDREN)
print(wall, use.ru_utime + use.ru_stime, max(use.ru_maxrss, largest))
sys.exit(process.returncode)
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

    def as_dict(self) -> dict[str, float]:
        """For JSON."""
        return asdict(self)


def cost_of(*arguments: str) -> Cost:
    """Run Python with these arguments to the end. RuntimeError with what it said if it fails."""
    return cost_in(ROOT, [sys.executable, *arguments])


def cost_in(
    folder: Path, command: Sequence[str], env: Mapping[str, str] | None = None
) -> Cost:
    """Run a command in a folder to the end. RuntimeError with what it said if it fails."""
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, *command],
        cwd=folder,
        input=json.dumps(dict(env) if env else None),  # not of the one who watches
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-SHOWN:])
    wall, cpu, peak = done.stdout.split()
    return Cost(float(wall), float(cpu), int(peak) // KB_A_MB)


def own_cost() -> Cost:
    """What this process alone has taken since it was started."""
    use = resource.getrusage(resource.RUSAGE_SELF)
    return Cost(_age(), use.ru_utime + use.ru_stime, use.ru_maxrss // KB_A_MB)


def _age() -> float:
    """Seconds since this process was started, to a hundredth where the system says so."""
    with suppress(OSError, AttributeError):
        fields = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2]
        ticks = int(fields.split()[19])
        up = time.clock_gettime(time.CLOCK_BOOTTIME)
        return up - ticks / os.sysconf("SC_CLK_TCK")
    return time.time() - psutil.Process().create_time()
