"""Numbers mixed so that each bit depends on all bits: what hashes are made of."""

import numpy as np


def mixed(values: np.ndarray) -> np.ndarray:
    """A 64-bit hash of each value, uint64 of the same shape: the finalizer of SplitMix64 (Steele,
    Lea and Flood, 2014). Different values have different ones.
    """
    found = (values ^ values >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    found = (found ^ found >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return np.asarray(found ^ found >> np.uint64(31))
