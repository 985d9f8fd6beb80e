"""Alternating least squares for implicit feedback: positives, dislikes, and item features as a
prior.

The objective, over users u and items i with factors x and y, the features f of the items and a
ridge map W:

    sum over positives of c (1 - x.y)^2  +  sum over dislikes of c (0 - x.y)^2  +  sum over all other cells of (x.y)^2
    + sum_u r_u |x_u|^2  +  sum_i r_i |y_i - W f_i|^2  +  feature_regularization mean(r_i) |W|^2

c is alpha times the value of a positive (Hu, Koren and Volinsky, 2008), and alpha times
dislike_weight for a dislike. r_u is regularization times (sum of c in the row + number of items) to
the power frequency_scaling, r_i likewise over users (Rendle, Krichene, Zhang and Koren, 2021): with
0 it is the objective of the library implicit, with 1 theirs. Without features W f_i is 0. W is
fitted to the item factors at the beginning of each iteration.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field, ValidationInfo, field_validator
from scipy.sparse import csr_matrix

from recsys.models.checkpoints import Checkpoints, State
from recsys.models.model import Trained
from recsys.program.errors import ConfigError
from recsys.program.params import Section
from recsys.program.progress import bar
from recsys.program.seeds import generator

BLOCK = 1 << 18  # entries of which the plain loss holds the factors at once

Start = tuple[np.ndarray, np.ndarray]
Iterate = Callable[[np.ndarray, np.ndarray], float]


class Params(Section):
    solver: Literal["native", "implicit"]
    factors: int = Field(ge=1, le=1024)
    regularization: float = Field(ge=0, le=1e9)
    frequency_scaling: float = Field(ge=0, le=1)
    iterations: int = Field(ge=1)
    alpha: float = Field(ge=1e-6, le=1e6)
    dislikes: Literal["negative", "drop"]
    dislike_weight: float = Field(ge=1e-6, le=1e6)
    feature_regularization: float = Field(ge=1e-6, le=1e9)
    seed: int = Field(ge=0)

    @field_validator("frequency_scaling")
    @classmethod
    def only_native_scales(cls, value: float, info: ValidationInfo) -> float:
        if value and info.data.get("solver") == "implicit":
            raise ValueError("solver implicit knows only 0 (take solver: native)")
        return value


@dataclass(frozen=True)
class Problem:
    """All that the objective is made of, save the factors."""

    entries: csr_matrix  # (users, items) float32: c of a positive, -c of a dislike
    user_penalty: np.ndarray  # r_u, (users,) float64
    item_penalty: np.ndarray  # r_i, (items,) float64
    features: np.ndarray | None  # (items, d) float32
    feature_regularization: float


def problem(
    user_items: csr_matrix, dislikes: csr_matrix, features: np.ndarray | None, params: Params
) -> Problem:
    """The objective for these positives and dislikes, both (users, items); a dislike's value does
    not count.

    ValueError for shapes that do not fit, and for a cell that is a positive and a dislike.
    """
    rows = user_items.shape[1] if features is None else len(features)
    if dislikes.shape != user_items.shape or rows != user_items.shape[1]:
        raise ValueError(
            f"positives {user_items.shape}, dislikes {dislikes.shape}, {rows} rows of features"
        )
    entries = _signed(user_items, dislikes if params.dislikes == "negative" else None, params)
    features = None if features is None else features.astype(np.float32, copy=False)
    return Problem(entries, *_penalties(entries, params), features, params.feature_regularization)


def _signed(user_items: csr_matrix, dislikes: csr_matrix | None, params: Params) -> csr_matrix:
    entries = (user_items * params.alpha).astype(np.float32)
    entries.sum_duplicates()
    entries.eliminate_zeros()
    if dislikes is None or not dislikes.nnz:
        return entries
    weights = np.full(dislikes.nnz, params.alpha * params.dislike_weight, dtype=np.float32)
    signed = entries - csr_matrix(
        (weights, dislikes.indices, dislikes.indptr), shape=dislikes.shape
    )
    if signed.nnz != entries.nnz + dislikes.nnz:
        raise ValueError("some cells are positives and dislikes at once")
    return signed


def _penalties(entries: csr_matrix, params: Params) -> Start:
    confidence = abs(entries)
    users, items = entries.shape
    mass = confidence @ np.ones(items) + items, confidence.T @ np.ones(users) + users
    return params.regularization * mass[0] ** params.frequency_scaling, (
        params.regularization * mass[1] ** params.frequency_scaling
    )


def ridge(
    features: np.ndarray, weights: np.ndarray, regularization: float
) -> Callable[[np.ndarray], np.ndarray]:
    """A function from item factors (items, f) to W (d, f): the map of features (items, d) that
    minimises

    sum_i weights_i |y_i - W f_i|^2 + regularization mean(weights) |W|^2. What does not depend on
    factors is done once.
    """
    scale = max(float(weights.mean()), np.finfo(np.float64).tiny)
    weights = weights / scale  # so that no weights at all give W = 0
    F = features.astype(np.float64)
    inverse = np.linalg.inv((F.T * weights) @ F + regularization * np.eye(F.shape[1])).astype(
        np.float32
    )
    light = weights.astype(np.float32)[:, None]
    return lambda item_factors: np.asarray(
        inverse @ (features.T @ (light * item_factors)), dtype=np.float32
    )


def prior(
    item_factors: np.ndarray, features: np.ndarray, weights: np.ndarray, regularization: float
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
    start: Start | None = None,
    checkpoints: Checkpoints | None = None,
) -> Trained:
    """Factors after `iterations` (else those of params) from `start` (else from the seed), and the
    loss per cell after each. `start` are factors with the rows of `user_items`; they are not
    changed.

    The same bytes for any number of threads, as long as BLAS has one (stages/__init__.py sees to
    it), and for a fit that goes on from a checkpoint. ConfigError if features are given to solver
    implicit, or if the factors grow beyond float32; ValueError as `problem` has it, and for a start
    of other shapes.
    """
    task = problem(user_items, dislikes, features, params)
    iterate = (native if params.solver == "native" else _implicit)(task, params)
    saved = checkpoints.load("user_factors", "item_factors", "losses") if checkpoints else None
    done, state = saved or (0, first_state(task, params, start))
    X, Y, losses = state["user_factors"], state["item_factors"], state["losses"].tolist()
    total = iterations or params.iterations
    with bar("ALS", total, done) as progress:
        for step in range(done + 1, total + 1):
            losses.append(_finite(iterate(X, Y), params))
            if checkpoints:
                checkpoints.save(
                    step, {"user_factors": X, "item_factors": Y, "losses": np.array(losses)}
                )
            progress.update()
    return Trained(X, Y, [{"iteration": n, "loss": value} for n, value in enumerate(losses, 1)])


def first_state(task: Problem, params: Params, start: Start | None) -> State:
    """Where a fit begins: a copy of `start`, else users at 0, which are solved first, and small
    random items; those that nobody has touched at 0.
    """
    users, items = task.entries.shape
    if start is None:
        span = np.float32(0.1 * np.sqrt(3 / params.factors))  # a deviation of 0.1 / sqrt(f)
        drawn = generator(params.seed).random((items, params.factors), dtype=np.float32)
        touched = task.entries.getnnz(axis=0) > 0
        start = (
            np.zeros((users, params.factors), np.float32),
            (2 * drawn - 1) * span * touched[:, None],
        )
    X, Y = (np.array(part, dtype=np.float32, order="C") for part in start)
    if (X.shape, Y.shape) != ((users, params.factors), (items, params.factors)):
        raise ValueError(
            f"a start of {X.shape} and {Y.shape} for {users} users, {items} items, {params.factors} factors"
        )
    return {"user_factors": X, "item_factors": Y, "losses": np.zeros(0)}


def _finite(value: float, params: Params) -> float:
    if not np.isfinite(value):
        raise ConfigError(
            f"params.yaml: train_als: the factors grew beyond bounds at alpha {params.alpha:g}, dislike_weight "
            f"{params.dislike_weight:g}, regularization {params.regularization:g}; lower the first two"
        )
    return value


def native(task: Problem, params: Params) -> Iterate:
    """A function of X and Y that makes one iteration by the kernel of als_kernel.py, in place, and
    returns the loss.
    """
    from recsys.als.kernel import half

    solve_users = half(task.entries, task.user_penalty, params.factors)
    solve_items = half(task.entries.T.tocsr(), task.item_penalty, params.factors)
    to_map = None
    if task.features is not None:
        to_map = ridge(task.features, task.item_penalty, task.feature_regularization)

    def iterate(X: np.ndarray, Y: np.ndarray) -> float:
        W = to_map(Y) if to_map else None
        solve_users(X, Y, None)
        total = solve_items(Y, X, None if W is None else task.features @ W).sum()
        return float(
            (total + _penalty_of_users(task, X) + _penalty_of_map(task, W)) / (len(X) * len(Y))
        )

    return iterate


def _implicit(task: Problem, params: Params) -> Iterate:
    """The same by the solver of the library implicit. ConfigError if there are features."""
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


def loss(task: Problem, X: np.ndarray, Y: np.ndarray, W: np.ndarray | None = None) -> float:
    """The objective divided by the number of cells, in O(nnz f). W (d, f) is needed if the task has
    features.
    """
    everything = np.sum((X.T @ X).astype(np.float64) * (Y.T @ Y))
    away = Y if W is None or task.features is None else Y - task.features @ W
    pull = task.item_penalty @ np.einsum("if,if->i", away, away)
    total = (
        everything
        + _observed(task.entries, X, Y)
        + pull
        + _penalty_of_users(task, X)
        + _penalty_of_map(task, W)
    )
    return float(total / (X.shape[0] * Y.shape[0]))


def _observed(entries: csr_matrix, X: np.ndarray, Y: np.ndarray) -> float:
    """What the entries add to a loss in which every cell is one of the others."""
    cells, total = entries.tocoo(), 0.0
    for begin in range(0, cells.nnz, BLOCK):
        block = slice(begin, begin + BLOCK)
        predicted = np.einsum("nf,nf->n", X[cells.row[block]], Y[cells.col[block]]).astype(
            np.float64
        )
        c = cells.data[block].astype(np.float64)
        total += float(np.sum(abs(c) * ((c > 0) - predicted) ** 2 - predicted**2))
    return total


def _penalty_of_users(task: Problem, X: np.ndarray) -> float:
    return float(task.user_penalty @ np.einsum("uf,uf->u", X, X))


def _penalty_of_map(task: Problem, W: np.ndarray | None) -> float:
    if W is None:
        return 0.0
    return float(
        task.feature_regularization * task.item_penalty.mean() * np.sum(W.astype(np.float64) ** 2)
    )
