"""What a fit of a factor model returns, whatever the model."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Trained:
    """Factors by row index, and what the fit reported after each iteration or epoch.

    A score is the product of a user's and an item's row.
    """

    user_factors: np.ndarray  # (users, f) float32
    item_factors: np.ndarray  # (items, f) float32
    curve: list[dict[str, float]]


def require_finite(*matrices: np.ndarray) -> None:
    """FloatingPointError if a number in them is infinite or none: the fit has run away."""
    if not all(np.isfinite(one).all() for one in matrices):
        raise FloatingPointError
