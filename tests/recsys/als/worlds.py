"""Small worlds and settings for ALS."""

from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from recsys.als import fit as als
from recsys.als.params import Params
from recsys.models.model import Trained
from recsys.models.warm_start import FactorPair
from tests.recsys.models.train_params import SHARED

SETTINGS: dict[str, Any] = {
    **SHARED,
    "feature_prior": False,
    "warm_iterations": 2,
    "solver": "native",
    "factors": 4,
    "regularization": 0.1,
    "frequency_scaling": 0.0,
    "iterations": 5,
    "alpha": 5.0,
    "dislikes": "negative",
    "dislike_weight": 1.0,
    "feature_regularization": 1.0,
    "seed": 1,
}


def params(**changes: Any) -> Params:
    return Params(**{**SETTINGS, **changes})


def nothing(user_items: csr_matrix) -> csr_matrix:
    return csr_matrix(user_items.shape, dtype=np.float32)


def fit(
    user_items: csr_matrix, disliked: csr_matrix | None = None, **changes: Any
) -> Trained:
    return als.fit(
        user_items,
        nothing(user_items) if disliked is None else disliked,
        None,
        params(**changes),
    )


def shop() -> tuple[csr_matrix, csr_matrix, np.ndarray]:
    """Positives (40, 24) of values 1 to 3, dislikes, and features (24, 3); user 7 and item 5 have
    neither.
    """
    rng = np.random.default_rng(0)
    positives = (rng.random((40, 24)) < 0.2) * rng.integers(1, 4, (40, 24)).astype(
        np.float32
    )
    dislikes = ((rng.random((40, 24)) < 0.1) & (positives == 0)).astype(np.float32)
    for cells in (positives, dislikes):
        cells[7] = cells[:, 5] = 0
    return (
        csr_matrix(positives),
        csr_matrix(dislikes),
        rng.normal(size=(24, 3)).astype(np.float32),
    )


def some_start(factors: int = 4) -> FactorPair:
    rng = np.random.default_rng(3)
    users, items = (
        rng.normal(0, 0.1, (rows, factors)).astype(np.float32) for rows in (40, 24)
    )
    return users, items


def both(trained: Trained) -> bytes:
    return trained.user_factors.tobytes() + trained.item_factors.tobytes()


def textbook_rows(
    C: np.ndarray, other: np.ndarray, penalty: np.ndarray, prior: np.ndarray
) -> np.ndarray:
    """Each row of one side solved exactly; C (n, m) are confidences, those of dislikes negative."""
    rows = []
    for c, r, p in zip(C, penalty, prior, strict=True):
        weights = np.where(c == 0, 1, abs(c))
        A = (other.T * weights) @ other + r * np.eye(other.shape[1])
        rows.append(np.linalg.solve(A, other.T @ np.where(c > 0, c, 0) + r * p))
    return np.array(rows)
