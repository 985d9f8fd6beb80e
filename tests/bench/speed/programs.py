"""Programs that time a solver, run small, each in a process of its own."""

import json
import os
import subprocess
import sys
from typing import Any

from bench.house.imports import ROOT

CODE = """\
import importlib, json, sys
from bench.speed.positives import Size
program, threads = importlib.import_module(sys.argv[1]), int(sys.argv[2])
print(json.dumps(program.speed(threads, Size(300, 60, 2000), repeats=1)))
"""


def small_speed(program: str, threads: int) -> dict[str, Any]:
    """What the program's `speed` finds in a small world."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, program, str(threads)],
        cwd=ROOT,
        env={**os.environ, "NUMBA_NUM_THREADS": str(threads)},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))
