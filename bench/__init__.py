"""Generated shops and the measurements that run on them."""

from recsys.program import determinism

determinism.apply()  # before numpy and numba are loaded, therefore here
