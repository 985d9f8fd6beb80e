"""Programs that `dvc repro` runs: pure functions of their deps, params and code."""

from recsys.program import arenas, collector, determinism, unused_modules

arenas.use_one()  # before there are threads
determinism.apply()  # before numpy and numba are loaded, therefore here
collector.look_rarely()  # before anything large is loaded
unused_modules.load_when_used()  # before scipy is loaded
