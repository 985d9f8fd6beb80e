"""The same bits on every machine: one BLAS thread, one CPU to compute for.

A product over two threads, or by the instructions that suit another CPU, sums in another order, and
its last bits would change what is computed from it. So BLAS gets one thread and, on x86, one kernel
with one block size, and numba compiles for the same CPU everywhere. The BLAS of torch (MKL) is held
to the same instructions, and to sums that do not hang on threads and shapes: on CPUs of Intel it
takes others of its own accord, and then a text alone has other last bits than among many.

Threads of numba that wait for the others sleep instead of spinning: the bytes are the same, and on
a busy machine an epoch of BPR takes a tenth of the CPU time.
"""

import os
from contextlib import suppress
from pathlib import Path

LIBRARIES = ("OPENBLAS", "MKL", "BLIS", "VECLIB")
ON_AVX2 = {
    "OPENBLAS_CORETYPE": "Haswell",
    "OPENBLAS_L2_SIZE": "512",
    "MKL_CBWR": "AVX2,STRICT",
    "NUMBA_CPU_NAME": "haswell",
    "NUMBA_CPU_FEATURES": "+avx2,+fma,+bmi,+bmi2",
}
CPU_INFO = Path("/proc/cpuinfo")


def apply() -> None:
    """Set the variables that BLAS and numba read; call it before either is loaded."""
    for library in LIBRARIES:
        os.environ[f"{library}_NUM_THREADS"] = "1"
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if _has_avx2():
        os.environ |= ON_AVX2


def _has_avx2() -> bool:
    """Whether this machine is an x86 with AVX2; False if the system does not say."""
    if os.uname().machine != "x86_64":
        return False
    with suppress(OSError):
        return " avx2" in CPU_INFO.read_text(encoding="ascii")
    return False
