"""Programs that the runner runs beside the stages, and the loop itself.

A program prints what it found or did: that is its result, on stdout. What recsys has to say on the
way goes to loggers that are named after their modules, on stderr. A stage has no result but its
files, and logs one line under its own name.
"""

from recsys.program import collector, determinism, unused_modules

determinism.apply()  # before numpy and numba are loaded, therefore here
collector.look_rarely()  # before anything large is loaded
unused_modules.load_when_used()  # before scipy is loaded
