"""Programs that the runner runs beside the stages, and the loop itself."""

from recsys.program import determinism

determinism.apply()  # before numpy and numba are loaded, therefore here
