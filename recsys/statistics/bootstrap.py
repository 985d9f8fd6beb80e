"""95 % bootstrap intervals of means over users (Efron, 1979): percentiles over resamples of the
users.
"""

import numpy as np

LOW, HIGH = 2.5, 97.5


def resampled_means(values: np.ndarray, samples: int, seed: int) -> np.ndarray:
    """Means (samples, metrics) of `values` (users, metrics) under resampling of the users with
    replacement.

    All columns see the same resamples, so that the difference of two columns is a paired one.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    users = len(values)
    means = np.empty((samples, values.shape[1]))
    for sample in range(samples):
        weight = np.bincount(rng.integers(0, users, users), minlength=users)
        means[sample] = weight @ values / users
    return means


def interval(means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Low and high end (metrics,) of the 95 % interval over resampled means (samples, metrics)."""
    low, high = np.percentile(means, [LOW, HIGH], axis=0)
    return low, high
