"""The runner loads no library of models and tables: it stands by for months."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from tests.operator_shell import environment, make_project

HEAVY = (
    "mlflow",
    "torch",
    "pandas",
    "polars",
    "numpy",
    "sklearn",
    "requests",
    "schedule",
)


@pytest.mark.parametrize(
    "args",
    [
        ["status"],
        ["plan"],
        ["why", "refresh"],
        ["doctor"],
        ["quarantine", "explain", "cells"],
        ["audit"],
    ],
)
def test_a_command_loads_nothing_heavy(tmp_path: Path, args: list[str]) -> None:
    code = (
        f"import contextlib, sys, runner\nsys.argv = ['runner.py', *{args}]\n"
        "with contextlib.suppress(SystemExit):\n    runner.main()\n"
        f"sys.exit([m for m in {(*HEAVY, 'pyarrow')} if m in sys.modules] or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=make_project(tmp_path),
        text=True,
        capture_output=True,
        env=environment(),
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_loop_loads_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from ops import lock\nfrom ops.explain import status, plan, why, logs\n"
        "from ops.deploy import deployment_log\n"
        "from ops.pipeline import repro\n"
        "from ops.scheduler import jobs, run_loop, run_history, bell\n"
        f"sys.exit([m for m in {HEAVY[:-1]} if m in sys.modules] or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
