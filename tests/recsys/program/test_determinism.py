"""BLAS and numba are told how to compute before they are loaded."""

import os
import platform
import subprocess
import sys

import pytest

from bench.house.imports import ROOT
from recsys.program import determinism

ASK = """
import os, stages
from threadpoolctl import threadpool_info
import numpy, numba
print([pool["num_threads"] for pool in threadpool_info()], numba.config.CPU_NAME)
"""


def test_stages_compute_with_one_blas_thread_and_for_one_cpu() -> None:
    plain = {key: value for key, value in os.environ.items() if key not in determinism.ON_AVX2}
    done = subprocess.run(
        [sys.executable, "-c", ASK], cwd=ROOT, env=plain, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("[1]")
    if platform.machine() == "x86_64":
        assert done.stdout.split()[-1] == "haswell"


def test_other_settings_of_the_shell_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    for library in determinism.LIBRARIES:
        monkeypatch.setenv(f"{library}_NUM_THREADS", "7")
    for key in determinism.ON_AVX2:
        monkeypatch.setenv(key, "other")
    determinism.settle()
    assert {os.environ[f"{library}_NUM_THREADS"] for library in determinism.LIBRARIES} == {"1"}
    if platform.machine() == "x86_64":
        assert {key: os.environ[key] for key in determinism.ON_AVX2} == determinism.ON_AVX2
