"""Draws by weight, and the types of the generator's arrays."""

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]
Small = NDArray[np.int32]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def draw_index(
    weights: ArrayLike, shape: int | tuple[int, ...], rng: Generator
) -> Ints:
    """Indices of `weights`, each as often as its weight says; an int64 array of `shape`."""
    edges = np.cumsum(weights, dtype=float)
    inner = edges[:-1] / edges[-1]
    return np.searchsorted(inner, rng.random(shape), side="right")
