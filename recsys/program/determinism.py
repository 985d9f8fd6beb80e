"""BLAS with one thread and, on x86, one kernel with one block size; numba compiles for the same CPU
everywhere.

A product over two threads, or by the instructions that suit another CPU, sums in another order, and
its last bits would change what is computed from it.
"""

import os
import platform
from contextlib import suppress
from pathlib import Path

LIBRARIES = ("OPENBLAS", "MKL", "BLIS", "VECLIB")
ON_AVX2 = {
    "OPENBLAS_CORETYPE": "Haswell",
    "OPENBLAS_L2_SIZE": "512",
    "NUMBA_CPU_NAME": "haswell",
    "NUMBA_CPU_FEATURES": "+avx2,+fma,+bmi,+bmi2",
}


def settle() -> None:
    """Say it in the environment: it has to be called before numpy and numba are loaded."""
    for library in LIBRARIES:
        os.environ[f"{library}_NUM_THREADS"] = "1"
    with suppress(OSError):
        if platform.machine() == "x86_64" and " avx2" in Path("/proc/cpuinfo").read_text(
            encoding="ascii"
        ):
            os.environ |= ON_AVX2
