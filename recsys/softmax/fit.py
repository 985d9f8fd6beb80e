"""Sampled softmax: a user's positives above many items at once, with rows of length 1.

A score is the cosine of a user's and an item's row, over the temperature. The steps stand in
recsys/softmax/descent.py; their length falls in a line to 0 over the epochs of a fit, so the number
of these is a setting and not found by looking: a fit that is cut short is far behind a short fit.
"""

import numpy as np
from scipy.sparse import csr_matrix

from recsys.models.checkpoints import Checkpoints, State
from recsys.models.model import Curve, Trained
from recsys.models.warm_start import FactorPair
from recsys.program.errors import DataError
from recsys.program.progress import bar
from recsys.softmax.descent import Descent
from recsys.softmax.params import Params


def fit(
    user_items: csr_matrix,
    params: Params,
    temperature: float,
    seed: int,
    *,
    epochs: int,
    start: FactorPair | None = None,
    checkpoints: Checkpoints | None = None,
) -> Trained:
    """Rows of length 1 after so many epochs, from `start` or from random ones.

    user_factors (users, f) and item_factors (items, f) float32; without positives a user's are 0.
    The curve has `epoch` and `train_auc`, the share of visits whose first positive stood above a
    random item. `user_items` is csr (users, items). From a start the steps begin as long as those
    of a whole fit are with so many epochs left. DataError without a positive.
    """
    if not user_items.nnz:
        raise DataError(
            "no training positives, so there is nothing to learn; lower process.positive_threshold"
        )
    longest = params.step * min(1.0, epochs / params.epochs if start else 1.0)
    descent = Descent(user_items, params.factors, temperature, seed, start)
    curve: Curve = []
    done = _restore(descent, curve, checkpoints) if checkpoints else 0
    with bar("softmax", epochs, done) as progress:
        for epoch in range(done + 1, epochs + 1):
            left = epochs + 1 - epoch
            auc = descent.epoch(
                epoch, longest * left / epochs, longest * (left - 1) / epochs
            )
            curve.append({"epoch": epoch, "train_auc": round(auc, 6)})
            if checkpoints:
                checkpoints.save(epoch, {**descent.state(), **_columns(curve)})
            progress.update()
    return Trained(descent.users.values, descent.items.values, curve)


def _columns(curve: Curve) -> State:
    return {"curve_train_auc": np.array([point["train_auc"] for point in curve])}


def _restore(descent: Descent, curve: Curve, checkpoints: Checkpoints) -> int:
    """Go on from the newest state; after how many epochs it was kept, 0 without one."""
    newest = checkpoints.load(*descent.state(), "curve_train_auc")
    if newest is None:
        return 0
    epoch, state = newest
    descent.restore(state)
    values = state["curve_train_auc"].tolist()
    curve.extend(
        {"epoch": number, "train_auc": value} for number, value in enumerate(values, 1)
    )
    return epoch
