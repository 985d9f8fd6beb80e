"""Random numbers that are a function of a seed, and of nothing else."""

import numpy as np


def generator(*seed: int) -> np.random.Generator:
    """The generator of this seed: the seed of params.yaml, then what tells its streams apart.

    The algorithm is named (PCG64; O'Neill, 2014), so that another numpy draws the same numbers.
    """
    return np.random.Generator(np.random.PCG64(seed))
