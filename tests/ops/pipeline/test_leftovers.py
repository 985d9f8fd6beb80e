"""What a repro has left running is ended, with what that begins meanwhile."""

import os
import subprocess
import sys

from ops import processes
from ops.pipeline import leftovers

# when it is told to end, it begins another one first
BEGINS = """
import signal, subprocess, sys
def end(*_):
    subprocess.Popen(["sleep", "99"])
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
signal.pause()
"""


def test_leftovers_that_begin_others_are_ended_with_them() -> None:
    env = {**os.environ, leftovers.MARK: "of this test"}
    with subprocess.Popen(
        [sys.executable, "-c", BEGINS], env=env, stdout=subprocess.PIPE
    ) as one:
        assert one.stdout
        assert one.stdout.readline() == b"ready\n"
        said: list[str] = []
        leftovers.end("of this test", said.append)
    assert processes.marked(leftovers.MARK, "of this test") == []
    assert len(said) == 2 and str(one.pid) in said[0]


def test_without_a_token_nothing_is_looked_for() -> None:
    said: list[str] = []
    leftovers.end(None, said.append)
    assert said == []
