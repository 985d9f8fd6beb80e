"""Two models side by side as one: the rows whose product is the weighted sum of their z-scores."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from recsys.models.blended import Spread, scale_of, weighed
from recsys.models.warm_start import FactorPair


class SideBySide(NamedTuple):
    """Factors of a blend (recsys/models/blended.py)."""

    user_factors: np.ndarray  # (users, f) float32
    item_factors: np.ndarray  # (items, f) float32
    scales: list[float]  # by which the item rows of each model were divided


def side_by_side(
    models: Sequence[FactorPair],
    weights: Sequence[float],
    scales: Sequence[float] | None = None,
) -> SideBySide:
    """The factors of the models (users, f_m), (items, f_m), each z-scored, by these weights; item
    rows are divided by `scales`, without them by those that suit their length.
    """
    users, items = [], []
    scales = scales or [scale_of(item_factors) for _, item_factors in models]
    for (user_factors, item_factors), weight, scale in zip(
        models, weights, scales, strict=True
    ):
        spread = Spread.of(item_factors)
        users.append(weighed(user_factors, spread, weight * scale))
        items.append(item_factors / np.float32(scale))
    return SideBySide(np.hstack(users), np.hstack(items), list(scales))
