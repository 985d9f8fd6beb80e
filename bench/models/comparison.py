"""Metrics of each test user, and paired differences of two models with their intervals."""

import numpy as np
from scipy.sparse import csr_matrix

from recsys.ranking.metrics import METRICS, metrics_of
from recsys.ranking.top_k import Scorer
from recsys.statistics import bootstrap

RESAMPLES = 2000
SEED = 42


def product(user_factors: np.ndarray, item_factors: np.ndarray) -> Scorer:
    """Scores by factors (users, f) and (items, f)."""
    return lambda users: user_factors[users] @ item_factors.T


def per_user(score: Scorer, seen: csr_matrix, test: csr_matrix) -> np.ndarray:
    """METRICS of each user with a test item, (test users, metrics) float64, in index order.

    `seen` and `test` are csr (users, items).
    """
    found = metrics_of(score, seen, test)
    return np.column_stack([found[name] for name in METRICS])


def difference(ours: np.ndarray, theirs: np.ndarray) -> str:
    """Mean of the paired difference of two metrics (users,), and its 95 % interval, as text."""
    change = ours - theirs
    means = bootstrap.resampled_means(change[:, None], RESAMPLES, SEED)
    low, high = bootstrap.interval(means[:, 0])
    return f"{change.mean():+.4f} [{low:+.4f}, {high:+.4f}]"


def differences(ours: np.ndarray, theirs: np.ndarray) -> list[str]:
    """`difference` of each metric of two arrays (users, metrics)."""
    return [difference(one, other) for one, other in zip(ours.T, theirs.T, strict=True)]
