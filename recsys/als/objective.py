"""The objective of ALS over positives, dislikes and all other cells, and its value: the loss.

Over users u and items i with factors x and y, the features f of the items and a
ridge map W:

    sum over positives of c (1 - x.y)^2
    + sum over dislikes of c (0 - x.y)^2
    + sum over all other cells of (x.y)^2
    + sum_u r_u |x_u|^2
    + sum_i r_i |y_i - W f_i|^2
    + feature_regularization mean(r_i) |W|^2

c is alpha times the value of a positive (Hu, Koren and Volinsky, 2008), and alpha times
dislike_weight for a dislike. r_u is regularization times (sum of c in the row + number of items) to
the power frequency_scaling, r_i likewise over users (Rendle, Krichene, Zhang and Koren, 2021): with
0 it is the objective of the library implicit, with 1 theirs. Without features W f_i is 0. W is
fitted to the item factors at the beginning of each iteration.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from recsys.als.params import Params

BLOCK = 1 << 18  # entries of which the plain loss holds the factors at once


@dataclass(frozen=True)
class Problem:
    """All that the objective is made of, save the factors."""

    entries: csr_matrix  # (users, items) float32: c of a positive, -c of a dislike
    user_penalty: np.ndarray  # r_u, (users,) float64
    item_penalty: np.ndarray  # r_i, (items,) float64
    features: np.ndarray | None  # (items, d) float32
    feature_regularization: float


def problem(
    user_items: csr_matrix,
    dislikes: csr_matrix,
    features: np.ndarray | None,
    params: Params,
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
    entries = _signed(
        user_items, dislikes if params.dislikes == "negative" else None, params
    )
    penalties = _penalties(entries, params)
    return Problem(
        entries=entries,
        user_penalty=penalties.of_users,
        item_penalty=penalties.of_items,
        features=None if features is None else features.astype(np.float32, copy=False),
        feature_regularization=params.feature_regularization,
    )


def _signed(
    user_items: csr_matrix, dislikes: csr_matrix | None, params: Params
) -> csr_matrix:
    """`Problem.entries` of positives and dislikes, csr (users, items)."""
    entries = (user_items * params.alpha).astype(np.float32)
    entries.sum_duplicates()
    entries.eliminate_zeros()
    if dislikes is None or not dislikes.nnz:
        return entries
    weights = np.full(
        dislikes.nnz, params.alpha * params.dislike_weight, dtype=np.float32
    )
    below = csr_matrix(
        (weights, dislikes.indices, dislikes.indptr), shape=dislikes.shape
    )
    signed = entries - below
    if signed.nnz != entries.nnz + dislikes.nnz:
        raise ValueError("some cells are positives and dislikes at once")
    return signed


class Penalties(NamedTuple):
    of_users: np.ndarray  # r_u, (users,) float64
    of_items: np.ndarray  # r_i, (items,) float64


def _penalties(entries: csr_matrix, params: Params) -> Penalties:
    confidence = abs(entries)
    users, items = entries.shape
    user_mass = confidence @ np.ones(items) + items
    item_mass = confidence.T @ np.ones(users) + users
    scaling, regularization = params.frequency_scaling, params.regularization
    return Penalties(
        regularization * user_mass**scaling, regularization * item_mass**scaling
    )


def loss(
    task: Problem, X: np.ndarray, Y: np.ndarray, W: np.ndarray | None = None
) -> float:
    """The objective at X (users, f) and Y (items, f), divided by the number of cells.

    W (d, f) is needed if the task has features. Takes O(nnz f).
    """
    everything = np.sum((X.T @ X).astype(np.float64) * (Y.T @ Y))
    away = Y if W is None or task.features is None else Y - task.features @ W
    pull = task.item_penalty @ np.einsum("if,if->i", away, away)
    total = everything + _observed(task.entries, X, Y) + pull
    total = total + penalty_of_users(task, X) + penalty_of_map(task, W)
    return float(total / (X.shape[0] * Y.shape[0]))


def _observed(entries: csr_matrix, X: np.ndarray, Y: np.ndarray) -> float:
    """What the entries add to a loss in which every cell is one of the others."""
    cells, total = entries.tocoo(), 0.0
    for begin in range(0, cells.nnz, BLOCK):
        block = slice(begin, begin + BLOCK)
        x, y = X[cells.row[block]], Y[cells.col[block]]
        predicted = np.einsum("nf,nf->n", x, y).astype(np.float64)
        c = cells.data[block].astype(np.float64)
        total += float(np.sum(abs(c) * ((c > 0) - predicted) ** 2 - predicted**2))
    return total


def penalty_of_users(task: Problem, X: np.ndarray) -> float:
    """sum_u r_u |x_u|^2 of X (users, f)."""
    return float(task.user_penalty @ np.einsum("uf,uf->u", X, X))


def penalty_of_map(task: Problem, W: np.ndarray | None) -> float:
    """The last term, of W (d, f); 0 without a map."""
    if W is None:
        return 0.0
    squares = np.sum(W.astype(np.float64) ** 2)
    return float(task.feature_regularization * task.item_penalty.mean() * squares)
