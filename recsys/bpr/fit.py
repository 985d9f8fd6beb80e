"""Bayesian personalised ranking (Rendle et al., 2009): a user's positives above all other items.

A fit is a number of epochs (recsys/bpr/descent.py), or a search for that number by positives that
it does not learn from (recsys/bpr/early_stopping.py).

solver native      recsys/bpr/descent.py: parallel, and the same bytes on any number of threads
solver implicit    recsys/bpr/implicit_library.py: negatives by popularity, no hard ones, one
                   thread, no checkpoints
"""

import logging
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from recsys.bpr import implicit_library
from recsys.bpr.descent import Descent
from recsys.bpr.early_stopping import Stopper, Watch
from recsys.bpr.params import Params
from recsys.dataset.sparse import taken_out
from recsys.models.checkpoints import Checkpoints
from recsys.models.model import Trained, require_finite
from recsys.models.warm_start import FactorPair
from recsys.program.errors import ConfigError, DataError
from recsys.program.progress import bar

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Searched:
    """A fit that was stopped by the validation fold: its best factors, and after how many epochs
    they were reached.
    """

    fold: Trained
    epochs: int


def search(
    user_items: csr_matrix,
    dislikes: csr_matrix,
    validation: csr_matrix,
    params: Params,
    *,
    checkpoints: Checkpoints | None = None,
) -> Searched:
    """Fit without the positives in `validation` until its recall_at_10 gains no more; at most
    params.epochs.

    `user_items`, `dislikes` and `validation` are csr (users, items). Recall is over all items but
    those of the remaining positives and dislikes. With an empty `validation` there is nothing to
    stop by: all epochs.
    """
    if not validation.nnz:
        log.warning(
            "no validation positives: no early stopping, all %d epochs", params.epochs
        )
        fold = fit(
            user_items, dislikes, params, epochs=params.epochs, checkpoints=checkpoints
        )
        return Searched(fold, params.epochs)
    known = taken_out(user_items, validation)
    seen = (known + dislikes).tocsr()
    stopper = Stopper(seen, validation, params.early_stopping, params.epochs)
    fold = _watched_fit(
        known, dislikes, params, params.epochs, None, checkpoints, stopper
    )
    taken = stopper.taken
    log.info(
        "%d of %d epochs: valid_recall_at_10 %.4f, best %.4f after %d",
        *(taken.epoch, len(stopper.curve), taken.recall),
        *(stopper.best.recall, stopper.best.epoch),
    )
    return Searched(fold, taken.epoch)


def fit(
    user_items: csr_matrix,
    dislikes: csr_matrix,
    params: Params,
    *,
    epochs: int,
    start: FactorPair | None = None,
    checkpoints: Checkpoints | None = None,
) -> Trained:
    """Factors after so many epochs, from `start` or from small random ones.

    user_factors (users, f + 1) and item_factors (items, f + 1) float32: the last column is the
    item's bias, and 1 for every user. Without positives a user's other factors are 0. The curve has
    `epoch` and `train_auc`, the share of triples that stood in the right order when they were
    visited. `user_items` and `dislikes` are csr (users, items). DataError without a positive,
    ConfigError if the factors grow beyond bounds.
    """
    return _watched_fit(
        user_items, dislikes, params, epochs, start, checkpoints, Watch()
    )


def _watched_fit(
    user_items: csr_matrix,
    dislikes: csr_matrix,
    params: Params,
    epochs: int,
    start: FactorPair | None,
    checkpoints: Checkpoints | None,
    watch: Watch,
) -> Trained:
    if not user_items.nnz:
        raise DataError(
            "no training positives, so there is nothing to learn; lower process.positive_threshold"
        )
    start = _copied(start, user_items.shape) if start else None
    try:
        if params.solver == "implicit":
            return watch.outcome(
                *implicit_library.fit(user_items, start, watch, params, epochs)
            )
        descent = Descent(user_items, dislikes, params, start)
        return _descend(descent, epochs, checkpoints, watch)
    except FloatingPointError:
        raise ConfigError(
            f"params.yaml: train_bpr.learning_rate: the factors grew beyond bounds at "
            f"{params.learning_rate:g} with regularization {params.regularization:g}; lower it "
            f"(the product of both has to stay far below 1)"
        ) from None


def _descend(
    descent: Descent, epochs: int, checkpoints: Checkpoints | None, watch: Watch
) -> Trained:
    """Epochs up to so many, or until `watch` says enough; from the newest checkpoint on."""
    done = _restore(descent, checkpoints, watch) if checkpoints else 0
    with bar("bpr", epochs, done) as progress:
        for epoch in range(done + 1, epochs + 1):
            if watch.ended:
                break
            auc = descent.epoch(epoch, of=epochs)
            watch(epoch, {"train_auc": round(auc, 6)}, descent.X, descent.Y)
            if checkpoints:
                checkpoints.save(
                    epoch, {"users": descent.X, "items": descent.Y, **watch.state()}
                )
            progress.update()
    require_finite(descent.X, descent.Y)
    return watch.outcome(descent.X, np.ascontiguousarray(descent.Y))


def _restore(descent: Descent, checkpoints: Checkpoints, watch: Watch) -> int:
    """Go on from the newest state; after how many epochs it was kept, 0 without one."""
    newest = checkpoints.load("users", "items", "curve_epoch")
    if newest is None:
        return 0
    epoch, state = newest
    descent.go_on(state["users"], state["items"])
    watch.restore(state)
    return epoch


def _copied(start: FactorPair, shape: tuple[int, int]) -> FactorPair:
    """Copies of factors to begin with. ValueError if their rows are not those of the matrix."""
    X, Y = (np.array(rows, dtype=np.float32, order="C") for rows in start)
    if (len(X), len(Y)) != shape or X.shape[1] != Y.shape[1]:
        raise ValueError(
            f"factors of {X.shape} and {Y.shape} do not fit a matrix of {shape}"
        )
    return X, Y
