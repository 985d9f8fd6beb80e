"""Programs that `dvc repro` runs: pure functions of their deps, params and code.

One BLAS thread: a product over two threads sums in another order, and its last bits would change the outs.
It has to be said before numpy is loaded, therefore here.
"""

import os

for _library in ("OPENBLAS", "MKL", "BLIS", "VECLIB"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"
