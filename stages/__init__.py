"""Programs that `dvc repro` runs: pure functions of their deps, params and code.

How BLAS and numba compute has to be said before numpy is loaded, therefore here.
"""

from recsys.program import determinism

determinism.settle()
