"""The steps of sampled softmax: one epoch at a time, in batches.

A batch is some visits with negatives N that all of them share (recsys/softmax/visits.py). Its
objective, to be made small, with rows x of users and y of items of length 1, temperature t and
positives P_v of visit v:

    sum over v of (WEIGHT |P_v| log sum over j in N of exp(x_v . y_j / t)
                   - sum over i in P_v of x_v . y_i / t)  /  sum of |P_v|

Its gradient is three matrix products. What weights are more than 1 for: the negative part is all
that spreads the rows apart, and a little more of it ranks better (the positive and the negative
side of the softmax as two temperatures: BSL, Wu et al., 2023; weights of negatives: SimpleX, Mao et
al., 2021). Sampled softmax: Bengio & Senecal, 2008; for recommendation, with rows of length 1: Wu
et al., 2022, "On the effectiveness of sampled softmax loss for item recommendation".

All is done by one thread in one order: a batch is too small to share, and train_als has the other
core meanwhile. Held at once: BATCH x NEGATIVES numbers.
"""

from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from recsys.models.checkpoints import State
from recsys.models.model import require_finite
from recsys.models.warm_start import FactorPair
from recsys.program.seeds import generator
from recsys.softmax import kernel
from recsys.softmax.rows import Rows, scaled
from recsys.softmax.visits import Batch, batches_of_epoch, batches_per_epoch

WEIGHT = 1.2  # of the negative part
NOWHERE = np.zeros(0, dtype=np.int64)


class Gradient(NamedTuple):
    """Of a batch's objective, by rows; and how well the rows stood."""

    users: np.ndarray  # which, each once, (k,)
    of_users: np.ndarray  # (k, f) float32
    items: np.ndarray  # which, each once, (m,)
    of_items: np.ndarray  # (m, f) float32
    right: int  # visits whose first positive stands above a random negative


class Descent:
    """Rows of users (users, f) and items (items, f) float32 on their way.

    `user_items` is csr (users, items). They begin at `start`; without one items begin in random
    directions, and users at the mean of their items, so that one who is seen once an epoch need not
    be turned round first. Users without a positive have a row of zeros.
    """

    def __init__(
        self,
        user_items: csr_matrix,
        factors: int,
        temperature: float,
        seed: int,
        start: FactorPair | None = None,
    ) -> None:
        self.user_items = user_items
        self.temperature, self.seed = temperature, seed
        X, Y = first_rows(user_items, factors, generator(seed), start)
        self.users, self.items = Rows.begin(X), Rows.begin(Y)

    def epoch(self, number: int, first: float, last: float) -> float:
        """Visit every positive once, with steps whose length falls in a line from `first` to
        `last`; the share of visits that stood in the right order.

        FloatingPointError if the rows are no numbers any more.
        """
        rng = generator(self.seed, number)
        count = batches_per_epoch(self.user_items)
        lengths = np.linspace(first, last, count, endpoint=False).tolist()
        right = visits = 0
        batches = batches_of_epoch(self.user_items, rng)
        for batch, length in zip(batches, lengths, strict=True):
            users, items = self.users, self.items
            slope = gradient(users.values, items.values, batch, self.temperature)
            users.step(slope.users, slope.of_users, length)
            items.step(slope.items, slope.of_items, length)
            right += slope.right
            visits += len(batch.users)
        require_finite(self.users.values, self.items.values)
        return right / visits

    def state(self) -> State:
        """The rows as arrays, for a checkpoint."""
        return {**self.users.state("users"), **self.items.state("items")}

    def restore(self, state: State) -> None:
        """Go on from what state() gave."""
        self.users = Rows.restored(state, "users")
        self.items = Rows.restored(state, "items")


def gradient(
    X: np.ndarray, Y: np.ndarray, batch: Batch, temperature: float
) -> Gradient:
    """The gradient of a batch's objective in X (users, f) and Y (items, f) float32, whose rows have
    length 1.
    """
    U, N = X[batch.users], Y[batch.negatives]
    hotter = np.float32(1 / temperature)
    likely = (U * hotter) @ N.T
    np.exp(likely, out=likely)
    share = np.float32(WEIGHT) * np.diff(batch.begin).astype(np.float32)
    weight = (share / likely.sum(axis=1))[:, None]
    of_visits = (likely @ N) * weight
    of_negatives = likely.T @ (U * weight)
    kernel.take_positives(batch.begin, batch.positives, Y, of_visits)
    scale = hotter / np.float32(len(batch.positives))
    of_users = _sums(batch.users, of_visits, U, NOWHERE, scale)
    keys = np.concatenate([batch.negatives, batch.positives])
    of_items = _sums(keys, of_negatives, U, batch.visits, scale)
    first = np.einsum("ij,ij->i", U, Y[batch.positives[batch.begin[:-1]]])
    visits = np.arange(len(U))
    above = likely[visits, visits % len(N)]  # of a random negative of each
    right = int((np.exp(first * hotter) > above).sum())
    return Gradient(*of_users, *of_items, right)


def _sums(keys: np.ndarray, *rows: Any) -> tuple[np.ndarray, np.ndarray]:
    """The different `keys`, and the sum for each (recsys/softmax/kernel.py: sums)."""
    found: tuple[np.ndarray, np.ndarray] = kernel.sums(
        keys, np.argsort(keys, kind="stable"), *rows
    )
    return found


def first_rows(
    user_items: csr_matrix,
    factors: int,
    rng: np.random.Generator,
    start: FactorPair | None = None,
) -> FactorPair:
    """Rows of users (users, f) and items (items, f) float32 to begin with: those of `start`; where
    these are 0, or without a start, items get random directions and users the sum of their items.

    ValueError if the rows of the start are not those of the matrix.
    """
    users, items = user_items.shape
    drawn = scaled(rng.standard_normal((items, factors), dtype=np.float32))
    X, Y = start or (np.zeros((n, factors), dtype=np.float32) for n in (users, items))
    if X.shape != (users, factors) or Y.shape != (items, factors):
        raise ValueError(
            f"rows of {X.shape} and {Y.shape} do not fit a matrix of {user_items.shape}"
        )
    Y = np.where(_has_direction(Y), Y, drawn)
    own = user_items @ scaled(Y)
    X = np.where(_has_direction(X) & _has_direction(own), X, own)
    return X, Y


def _has_direction(rows: np.ndarray) -> np.ndarray:
    """Which rows (n, f) are not 0: (n, 1) bool."""
    any_there: np.ndarray = np.any(rows != 0, axis=1, keepdims=True)
    return any_there
