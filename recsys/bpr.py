"""Bayesian personalised ranking (Rendle et al., 2009), by the library implicit on one thread."""

import numpy as np
from scipy.sparse import csr_matrix

from recsys.errors import ConfigError


def fit(
    user_items: csr_matrix, *, factors: int, learning_rate: float, regularization: float, epochs: int, seed: int
) -> tuple[np.ndarray, np.ndarray, list[dict[str, float]]]:
    """user_factors (users, f + 1), item_factors (items, f + 1) float32, and the share of pairs ordered rightly.

    The last column is the item's bias, and 1 for every user. One thread: with two, the same seed gives other
    factors at every run, because threads write the same rows.
    """
    from implicit.cpu.bpr import BayesianPersonalizedRanking
    from implicit.recommender_base import ModelFitError

    model = BayesianPersonalizedRanking(
        factors=factors,
        learning_rate=learning_rate,
        regularization=regularization,
        iterations=epochs,
        num_threads=1,
        random_state=seed,
    )
    curve: list[dict[str, float]] = []

    def note(epoch: int, _elapsed: float, correct: int, skipped: int) -> None:
        drawn = max(user_items.nnz - skipped, 1)
        curve.append({"epoch": epoch + 1, "train_auc": round(correct / drawn, 6)})

    try:
        model.fit(user_items, show_progress=False, callback=note)
    except ModelFitError:
        raise ConfigError(
            f"params.yaml: train_bpr.learning_rate: the factors grew beyond bounds at {learning_rate:g}; lower it, or "
            f"raise train_bpr.regularization"
        ) from None
    return model.user_factors, model.item_factors, curve
