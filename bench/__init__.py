"""Generated shops and the measurements that run on them."""

from recsys.program import determinism, unused_modules

determinism.apply()  # before numpy and numba are loaded, therefore here
unused_modules.load_when_used()  # before scipy is loaded
