"""`python -m ops.cleanup` is the command."""

import subprocess
import sys

from bench.house.imports import ROOT


def test_the_job_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ops.cleanup", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "--dry-run" in done.stdout and "--type" in done.stdout
