"""BLAS and numba are told how to compute before they are loaded."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from recsys.program import determinism

ASK = """
import os, {package}
from threadpoolctl import threadpool_info
import numpy, numba
print([pool["num_threads"] for pool in threadpool_info()], numba.config.CPU_NAME)
"""


@pytest.mark.parametrize("package", ["stages", "ops", "bench"])
def test_programs_compute_with_one_blas_thread_and_for_one_cpu(package: str) -> None:
    plain = {
        key: value
        for key, value in os.environ.items()
        if key not in determinism.ON_AVX2
    }
    done = subprocess.run(
        [sys.executable, "-c", ASK.format(package=package)],
        cwd=ROOT,
        env=plain,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("[1]")
    if platform.machine() == "x86_64":
        assert done.stdout.split()[-1] == "haswell"


def test_other_settings_of_the_shell_do_not_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for library in determinism.LIBRARIES:
        monkeypatch.setenv(f"{library}_NUM_THREADS", "7")
    for key in determinism.ON_AVX2:
        monkeypatch.setenv(key, "other")
    determinism.apply()
    assert {
        os.environ[f"{library}_NUM_THREADS"] for library in determinism.LIBRARIES
    } == {"1"}
    if platform.machine() == "x86_64":
        assert {
            key: os.environ[key] for key in determinism.ON_AVX2
        } == determinism.ON_AVX2


@pytest.mark.parametrize("policy", [None, "ACTIVE"])
def test_threads_that_wait_sleep_unless_the_shell_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, policy: str | None
) -> None:
    if policy is None:
        monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    else:
        monkeypatch.setenv("OMP_WAIT_POLICY", policy)
    determinism.apply()
    assert os.environ["OMP_WAIT_POLICY"] == (policy or "PASSIVE")


def test_a_system_that_does_not_name_its_cpu_gets_one_thread_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(determinism, "CPU_INFO", tmp_path / "absent")
    monkeypatch.setenv("NUMBA_CPU_NAME", "other")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    determinism.apply()
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"
    assert os.environ["NUMBA_CPU_NAME"] == "other"
