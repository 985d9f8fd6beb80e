"""Alternating least squares for implicit feedback, with dislikes, and item features as a prior.

What is minimised stands in recsys/als/objective.py. The ridge map W from features to factors is
fitted to the item factors at the beginning of each iteration.
"""

from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_matrix

from recsys.als.objective import (
    Problem,
    loss,
    penalty_of_map,
    penalty_of_users,
    problem,
)
from recsys.als.params import Params
from recsys.dataset.sparse import item_counts
from recsys.models.checkpoints import Checkpoints, State
from recsys.models.model import Trained
from recsys.models.warm_start import FactorPair
from recsys.program.errors import ConfigError
from recsys.program.progress import bar
from recsys.program.seeds import generator

# one iteration on X (users, f) and Y (items, f), in place; the loss after it
Iterate = Callable[[np.ndarray, np.ndarray], float]


def ridge(
    features: np.ndarray, weights: np.ndarray, regularization: float
) -> Callable[[np.ndarray], np.ndarray]:
    """A function from item factors (items, f) to W (d, f), both float32.

    W is the map of features (items, d) that minimises

        sum_i weights_i |y_i - W f_i|^2 + regularization mean(weights) |W|^2

    with weights (items,). What does not depend on factors is done once.
    """
    scale = max(float(weights.mean()), np.finfo(np.float64).tiny)
    weights = weights / scale  # so that no weights at all give W = 0
    F = features.astype(np.float64)
    gram = (F.T * weights) @ F + regularization * np.eye(F.shape[1])
    inverse = np.linalg.inv(gram).astype(np.float32)
    light = weights.astype(np.float32)[:, None]
    return lambda item_factors: np.asarray(
        inverse @ (features.T @ (light * item_factors)), dtype=np.float32
    )


def prior(
    item_factors: np.ndarray,
    features: np.ndarray,
    weights: np.ndarray,
    regularization: float,
) -> np.ndarray:
    """W f_i for every item, (items, f) float32: where the features alone would put it.

    `weights` (items,) say how much each item's factors count when W is fitted:
    `Problem.item_penalty`, or 0 for items that have no factors of their own.
    """
    W = ridge(features, weights, regularization)(item_factors)
    return np.asarray(features @ W, dtype=np.float32)


def fit(
    user_items: csr_matrix,
    dislikes: csr_matrix,
    features: np.ndarray | None,
    params: Params,
    *,
    iterations: int | None = None,
    start: FactorPair | None = None,
    checkpoints: Checkpoints | None = None,
) -> Trained:
    """Factors after `iterations`, and the loss per cell after each.

    `user_items` and `dislikes` are csr (users, items), `features` (items, d). Without `iterations`
    they are those of the params. It begins at `start`, which is not changed, else at random factors
    by the seed.

    The same bytes for any number of threads, as long as BLAS has one (stages/__init__.py sees to
    it), and for a fit that goes on from a checkpoint. ConfigError if features are given to solver
    implicit, or if the factors grow beyond float32; ValueError as `problem` has it, and for a start
    of other shapes.
    """
    task = problem(user_items, dislikes, features, params)
    iterate = (native if params.solver == "native" else _implicit)(task, params)
    saved = (
        checkpoints.load("user_factors", "item_factors", "losses")
        if checkpoints
        else None
    )
    done, state = saved or (0, first_state(task, params, start))
    X, Y, losses = (
        state["user_factors"],
        state["item_factors"],
        state["losses"].tolist(),
    )
    total = iterations or params.iterations
    with bar("ALS", total, done) as progress:
        for step in range(done + 1, total + 1):
            losses.append(_finite(iterate(X, Y), params))
            if checkpoints:
                checkpoints.save(
                    step,
                    {"user_factors": X, "item_factors": Y, "losses": np.array(losses)},
                )
            progress.update()
    return Trained(
        X, Y, [{"iteration": n, "loss": value} for n, value in enumerate(losses, 1)]
    )


def first_state(task: Problem, params: Params, start: FactorPair | None) -> State:
    """A copy of `start`, else of random factors. ValueError for a start of other shapes."""
    (users, items), f = task.entries.shape, params.factors
    X, Y = (
        np.array(rows, dtype=np.float32, order="C")
        for rows in start or _random_factors(task, params)
    )
    if (X.shape, Y.shape) != ((users, f), (items, f)):
        raise ValueError(
            f"a start of {X.shape} and {Y.shape} for {users} users, {items} items, {f} factors"
        )
    return {"user_factors": X, "item_factors": Y, "losses": np.zeros(0)}


def _random_factors(task: Problem, params: Params) -> FactorPair:
    """Users at 0, as they are solved first; small random items, at 0 those that nobody touched."""
    users, items = task.entries.shape
    span = np.float32(0.1 * np.sqrt(3 / params.factors))  # a deviation of 0.1 / sqrt(f)
    drawn = generator(params.seed).random((items, params.factors), dtype=np.float32)
    is_touched = item_counts(task.entries) > 0
    user_factors = np.zeros((users, params.factors), np.float32)
    return user_factors, (2 * drawn - 1) * span * is_touched[:, None]


def _finite(value: float, params: Params) -> float:
    if not np.isfinite(value):
        raise ConfigError(
            f"params.yaml: train_als: the factors grew beyond bounds at alpha {params.alpha:g}, "
            f"dislike_weight {params.dislike_weight:g}, regularization {params.regularization:g}; "
            f"lower the first two"
        )
    return value


def native(task: Problem, params: Params) -> Iterate:
    """One iteration by recsys/als/half.py."""
    from recsys.als.half import half

    solve_users = half(task.entries, task.user_penalty, params.factors)
    solve_items = half(task.entries.T.tocsr(), task.item_penalty, params.factors)
    to_map = None
    if task.features is not None:
        to_map = ridge(task.features, task.item_penalty, task.feature_regularization)

    def iterate(X: np.ndarray, Y: np.ndarray) -> float:
        solve_users(X, Y, None)
        W = to_map(Y) if to_map else None
        total = solve_items(Y, X, None if W is None else task.features @ W).sum()
        total = total + penalty_of_users(task, X) + penalty_of_map(task, W)
        return float(total / (len(X) * len(Y)))

    return iterate


def _implicit(task: Problem, params: Params) -> Iterate:
    """One iteration by the library implicit. ConfigError if there are features."""
    from implicit.cpu.als import AlternatingLeastSquares

    if task.features is not None:
        raise ConfigError(
            "params.yaml: train_als.solver: implicit has no item features; take solver: native"
        )
    solver = AlternatingLeastSquares(factors=params.factors).solver
    by_user, by_item = task.entries, task.entries.T.tocsr()

    def iterate(X: np.ndarray, Y: np.ndarray) -> float:
        solver(by_user, X, Y, params.regularization)
        solver(by_item, Y, X, params.regularization)
        return loss(task, X, Y)

    return iterate
