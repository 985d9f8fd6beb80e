"""DVC as ops/pipeline/dvc_quietly.py runs it, on a machine with memory to spare, whatever else it
does; with none as long as there is a file named `full`.
"""

import runpy
from pathlib import Path

from recsys.program import machine_room

FULL = Path("full")


def free_bytes() -> int | None:
    return 0 if FULL.exists() else None


if __name__ == "__main__":
    machine_room.free_bytes = free_bytes
    runpy.run_module("ops.pipeline.dvc_quietly", run_name="__main__", alter_sys=True)
