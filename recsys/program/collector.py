"""Python's collector of cycles, told to look less often.

While modules are loaded it looks at all that is there again and again: a fifth of the time that
MLflow's import takes. What these programs throw away is hardly ever a cycle.
"""

import gc

# new objects until the youngest are looked at, and how many such looks until the older ones are
THRESHOLDS = 20_000, 50, 100


def look_rarely() -> None:
    """Set the thresholds of this process."""
    gc.set_threshold(*THRESHOLDS)
