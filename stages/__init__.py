"""Programs that `dvc repro` runs: pure functions of their deps, params and code."""

from recsys.program import determinism

determinism.apply()  # before numpy and numba are loaded, therefore here
