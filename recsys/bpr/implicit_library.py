"""BPR by the library implicit: random negatives in proportion to popularity, on one thread.

With two threads the same seed gives other factors at every run, because threads write the same
rows.
"""

from scipy.sparse import csr_matrix

from recsys.bpr.early_stopping import Watch
from recsys.bpr.params import Params
from recsys.models.model import require_finite
from recsys.models.warm_start import FactorPair


class _EnoughError(Exception):
    """Ends implicit's fit from its callback."""


def fit(
    user_items: csr_matrix,
    start: FactorPair | None,
    watch: Watch,
    params: Params,
    epochs: int,
) -> FactorPair:
    """User factors (users, f + 1) and item factors (items, f + 1) float32 after so many epochs.

    `user_items` is csr (users, items). The fit ends sooner when `watch` says enough. It is one fit
    with a callback: fits of one epoch each would draw the same samples every time.
    FloatingPointError if the factors grow beyond bounds.
    """
    from implicit.cpu.bpr import BayesianPersonalizedRanking
    from implicit.recommender_base import ModelFitError

    model = BayesianPersonalizedRanking(
        factors=params.factors,
        learning_rate=params.learning_rate,
        regularization=params.regularization,
        iterations=epochs,
        num_threads=1,
        random_state=params.seed,
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
