"""The loop as a process, and what its tests ask of it."""

import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from ops import processes
from ops.scheduler import jobs, run_history
from ops.scheduler.run_history import Run

RUNNER = """
import datetime, pathlib, sys, time
from dataclasses import replace
from ops import processes
from ops.scheduler import jobs, loop, run_loop
from ops.scheduler.reload import Reload
from ops.scheduler.slots import Rule, Times

processes.GRACE_S = 1.0
run_loop.LOOK_S = 0.1
loop.RETRY_S = 0.5
limit_s = int(sys.argv[2])
jobs.JOBS["refresh"] = jobs.Job(("refresh",))
jobs.JOBS["health"] = jobs.Job(("health",), alone=False)
begun, epoch = time.monotonic(), datetime.datetime.fromisoformat(sys.argv[1])
daily = Rule("day", "02:00", True, 86400, limit_s, 0)
rules = {"refresh": daily, "health": replace(daily, at="02:01")}
times = Times("UTC", rules, "lists.csv")
clock = lambda: epoch + datetime.timedelta(seconds=time.monotonic() - begun)
say = lambda line: print(line, flush=True)
watch = Reload(pathlib.Path("params.yaml"))
sys.exit(run_loop.run(times, watch, pathlib.Path("state"), clock, say, 0.05))
"""
STATE = Path("state")

Runner = Callable[..., subprocess.Popen[str]]


def read_until(
    process: subprocess.Popen[str], words: str, seconds: float = 60.0
) -> str:
    """The next line of its output that holds the words; it is killed if that takes too long."""
    assert process.stdout
    give_up = threading.Timer(seconds, process.kill)
    give_up.start()
    try:
        for line in process.stdout:
            if words in line:
                return line
    finally:
        give_up.cancel()
    raise AssertionError(f"ended without saying {words!r}")


def stopped(process: subprocess.Popen[str]) -> str:
    process.send_signal(signal.SIGTERM)
    out = process.communicate(timeout=60)[0]
    assert process.returncode == 0
    return out


def last(job: str) -> Run:
    return run_history.last_runs(STATE)[job]


def left(job: str) -> list[int]:
    return processes.marked_pids(jobs.MARK, last(job).id)
