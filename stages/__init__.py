"""Programs that `dvc repro` runs: pure functions of their deps, params and code.

One BLAS thread, and on x86 one kernel with one block size: a product over two threads, or by the kernel that suits
another CPU, sums in another order, and its last bits would change the outs. It has to be said before numpy is loaded,
therefore here.
"""

import os
import platform
from contextlib import suppress
from pathlib import Path

for _library in ("OPENBLAS", "MKL", "BLIS", "VECLIB"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"

with suppress(OSError):
    if platform.machine() == "x86_64" and " avx2" in Path("/proc/cpuinfo").read_text(encoding="ascii"):
        os.environ["OPENBLAS_CORETYPE"] = "Haswell"
        os.environ["OPENBLAS_L2_SIZE"] = "512"
