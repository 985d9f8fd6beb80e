"""What a liked item counts among neighbours, by its age (recsys/dataset/ages.py).

It counts half after `memory` later ones, a quarter after twice as many; with a memory of 0 all
count alike. What somebody buys next is told by what they have bought lately, and the more so the
longer their history is (session-based recommendation; Jannach and Ludewig, 2017: When recurrent
neural networks meet the neighborhood).
"""

from functools import cache

import numpy as np

OLDEST = 1000  # what is older counts as if it was so old


@cache
def by_age(memory: float) -> np.ndarray:
    """What an item of each age counts, (OLDEST,) float32; the first is of age 1."""
    later = np.arange(OLDEST, dtype=np.float64)
    counts = 0.5 ** (later / memory) if memory else np.ones(OLDEST)
    found = counts.astype(np.float32)
    found.flags.writeable = False
    return found


def counts_of(ages: np.ndarray, memory: float) -> np.ndarray:
    """What items of these ages (n,) count, (n,) float32."""
    later = np.minimum(ages.astype(np.int64), OLDEST) - 1
    found: np.ndarray = by_age(memory)[later]
    return found
