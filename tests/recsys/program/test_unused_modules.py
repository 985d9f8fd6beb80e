"""scipy loads no compiler of Fortran; whoever uses such a module has it."""

import subprocess
import sys

import pytest

from bench.house.imports import ROOT


def run(code: str) -> str:
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert not done.stderr
    return done.stdout


@pytest.mark.parametrize("program", ["stages", "ops", "bench"])
def test_scipy_loads_no_compiler(program: str) -> None:
    code = f"import {program}, scipy.sparse, sys; print('numpy.f2py.f2py2e' in sys.modules)"
    assert run(code) == "False\n"


def test_it_would_without_this() -> None:
    """Else this module can go."""
    code = "import scipy.sparse, sys; print('numpy.f2py.f2py2e' in sys.modules)"
    assert run(code) == "True\n"


def test_they_are_there_when_they_are_used() -> None:
    code = (
        "import stages, numpy, scipy.sparse; numpy.testing.assert_equal(1, 1); "
        "import numpy.f2py; print(callable(numpy.f2py.run_main))"
    )
    assert run(code) == "True\n"
