"""The collector of cycles looks rarely in every program of the house."""

import subprocess
import sys

import pytest

from bench.house.imports import ROOT
from recsys.program import collector


@pytest.mark.parametrize("module", ["stages", "ops", "service"])
def test_each_program_begins_with_it(module: str) -> None:
    said = subprocess.run(
        [sys.executable, "-c", f"import {module}, gc; print(gc.get_threshold())"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == str(collector.THRESHOLDS)
