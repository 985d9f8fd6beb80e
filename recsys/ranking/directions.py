"""Where a profile points to: what a cosine compares."""

import numpy as np


def directions(profile: np.ndarray) -> np.ndarray:
    """Each row of `profile` (users, d) float32 at length 1; zeros where it is 0."""
    length = np.linalg.norm(profile, axis=1, keepdims=True)
    direction: np.ndarray = np.divide(
        profile, length, out=np.zeros_like(profile), where=length > 0
    )
    return direction
