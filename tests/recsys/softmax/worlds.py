"""Small worlds and settings for sampled softmax."""

from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from recsys.models.model import Trained
from recsys.softmax import fit as softmax
from recsys.softmax.params import Params

SETTINGS: dict[str, Any] = {
    "factors": 8,
    "step": 0.6,
    "epochs": 20,
    "temperature": 0.3,
    "min_positives": 0.0,
    "max_visits": 10**12,
}


def params(**changes: Any) -> Params:
    return Params.model_validate({**SETTINGS, **changes})


def fit(
    user_items: csr_matrix,
    *,
    epochs: int = 20,
    temperature: float = 0.3,
    seed: int = 1,
    **more: Any,
) -> Trained:
    return softmax.fit(user_items, params(), temperature, seed, epochs=epochs, **more)


def circles(
    users: int = 120, items: int = 60, share: float = 0.5, seed: int = 0
) -> csr_matrix:
    """Four circles of users, each of whom likes a share of the items of their circle."""
    rng = np.random.default_rng(seed)
    same = np.equal.outer(np.arange(users) % 4, np.arange(items) % 4)
    return csr_matrix((same & (rng.random((users, items)) < share)).astype(np.float32))
