"""BPR by the library implicit: random negatives in proportion to popularity, on one thread.

With two threads the same seed gives other factors at every run, because threads write the same
rows.
"""

import numpy as np
from scipy.sparse import csr_matrix

from recsys.bpr.early_stopping import Watch
from recsys.models.model import require_finite


class _EnoughError(Exception):
    """Ends implicit's fit from its callback."""


def fit(
    user_items: csr_matrix,
    start: tuple[np.ndarray, np.ndarray] | None,
    watch: Watch,
    *,
    factors: int,
    learning_rate: float,
    regularization: float,
    epochs: int,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """User factors (users, f + 1) and item factors (items, f + 1) after so many epochs, or when
    `watch` says enough.

    One fit with a callback: fits of one epoch each would draw the same samples every time.
    FloatingPointError if the factors grow beyond bounds.
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
    if start:
        model.user_factors, model.item_factors = start

    def note(epoch: int, _elapsed: float, correct: int, skipped: int) -> None:
        require_finite(model.user_factors, model.item_factors)
        auc = round(correct / max(user_items.nnz - skipped, 1), 6)
        if watch(epoch + 1, {"train_auc": auc}, model.user_factors, model.item_factors):
            raise _EnoughError

    try:
        model.fit(user_items, show_progress=False, callback=note)
    except ModelFitError:
        raise FloatingPointError from None
    except _EnoughError:
        pass
    return model.user_factors, model.item_factors
