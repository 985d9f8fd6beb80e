"""Small worlds and settings for BPR."""

from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from recsys.bpr import fit as bpr
from recsys.bpr.params import Params
from recsys.models.model import Trained
from tests.recsys.models.train_params import SHARED

NO_SHARES = {"dislikes": 0.0, "popular": 0.0}


SETTINGS: dict[str, Any] = {
    **SHARED,
    "warm_epochs": 1,
    "max_visits": 1_000_000,
    "loss": "bpr",
    "solver": "native",
    "factors": 4,
    "learning_rate": 0.1,
    "regularization": 0.001,
    "epochs": 200,
    "decay_share": 0.0,
    "hard_negative_share": NO_SHARES,
    "early_stopping": {"check_every": 2, "patience": 3, "min_delta": 0.0},
    "softmax": {
        "factors": 8,
        "step": 0.6,
        "epochs": 9,
        "temperature": 0.3,
        "min_positives": 0.0,
        "max_visits": 10**12,
    },
    "seed": 1,
}


def params(**changes: Any) -> Params:
    return Params.model_validate({**SETTINGS, **changes})


def none_of(user_items: csr_matrix) -> csr_matrix:
    return csr_matrix(user_items.shape, dtype=np.float32)


def fit(
    user_items: csr_matrix,
    dislikes: csr_matrix | None = None,
    epochs: int = 200,
    **changes: Any,
) -> Trained:
    return bpr.fit(
        user_items,
        none_of(user_items) if dislikes is None else dislikes,
        params(**changes),
        epochs=epochs,
    )


def of_cells(cells: np.ndarray) -> csr_matrix:
    return csr_matrix(cells.astype(np.float32))


def random_world(
    users: int = 300, items: int = 40, seed: int = 0
) -> tuple[csr_matrix, csr_matrix]:
    """Positives, popular ones among them, and dislikes of the even users."""
    rng = np.random.default_rng(seed)
    cells = rng.random((users, items))
    popularity = 0.05 + 0.4 * np.arange(items) / items
    disliked = (cells > 0.9) & (np.arange(users)[:, None] % 2 == 0)
    return of_cells((cells < popularity) & ~disliked), of_cells(disliked)


def same(one: Trained, other: Trained) -> bool:
    parts = [
        (made.user_factors.tobytes(), made.item_factors.tobytes(), made.curve)
        for made in (one, other)
    ]
    return parts[0] == parts[1]


def held_out_of(user_items: csr_matrix) -> csr_matrix:
    """The last positive of every user with two."""
    users = np.flatnonzero(np.diff(user_items.indptr) > 1)
    items = user_items.indices[user_items.indptr[users + 1] - 1]
    return csr_matrix(
        (np.ones(len(users), dtype=np.float32), (users, items)), shape=user_items.shape
    )
