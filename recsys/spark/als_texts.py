"""Item factors of a fit by Spark drawn to what the texts of the items say.

Spark's ALS knows no prior of item factors. So its fit is where a few iterations of our own solver
(recsys/als/half.py) begin, on the machine that runs the stage. They minimise what Spark does, but
an item with a text has another penalty, and the map of the texts has one:

    (texts n_i + texts_floor n) |y_i - W f_i|^2    in place of    regularization n_i |y_i|^2
    MAP_RIDGE mean(r_i) |W|^2

with n_i positives of n users, features f_i, and W the ridge map of recsys/als/objective.py; r_i is
the penalty of an item, the one or the other. An item without a text keeps the penalty of Spark. The
floor is for items of few positives, which say little: without it one positive outweighs the text.
At the end each user is solved exactly, by the equation that folds in a new one: it has no W.
"""

from dataclasses import replace

import numpy as np

from recsys.als.fit import native, ridge
from recsys.als.objective import Problem, loss
from recsys.als.params import Params, SparkSettings
from recsys.models.warm_start import FactorPair

ROUNDS = 5  # iterations: with fewer the items are still on their way from Spark's
MAP_RIDGE = (
    0.03  # little holds the map, as in the preset texts of recsys/als/presets.py
)


def with_texts(
    task: Problem, vectors: np.ndarray, settings: SparkSettings
) -> Problem | None:
    """The objective with `vectors` (items, d) float32 as features; None where `texts` and its floor
    are 0, and where no item has a text.
    """
    has_text: np.ndarray = np.any(vectors != 0, axis=1)
    if not (settings.texts or settings.texts_floor) or not has_text.any():
        return None
    drawn = task.item_penalty * (settings.texts / settings.regularization)
    drawn = drawn + settings.texts_floor * task.entries.shape[0]
    return replace(
        task,
        item_penalty=np.where(has_text, drawn, task.item_penalty),
        features=vectors.astype(np.float32, copy=False),
        feature_regularization=MAP_RIDGE,
    )


def drawn_to_texts(
    task: Problem, params: Params, X: np.ndarray, Y: np.ndarray
) -> FactorPair:
    """The factors X (users, f) and Y (items, f) float32 after ROUNDS iterations, each of which ends
    with the items; what is given stays as it is.

    Users without positives stay 0, and so do items, but for such with a text where it has a floor:
    these stand where the map has them. The same bytes for any number of threads, as long as BLAS
    has one.
    """
    X, Y = X.copy(), Y.copy()
    iterate = native(task, params.model_copy(update={"factors": X.shape[1]}))
    for _ in range(ROUNDS):
        iterate(X, Y)
    return X, Y


def loss_of(task: Problem, X: np.ndarray, Y: np.ndarray) -> float:
    """The objective per cell, with the best map for Y if the task has features."""
    W = None
    if task.features is not None:
        W = ridge(task.features, task.item_penalty, task.feature_regularization)(Y)
    return loss(task, X, Y, W)
