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

Visits are worked on in blocks of ROWS that threads share; what they add to the same rows is added
in the order of the blocks. A block is the same whoever computes it, and BLAS has one thread: the
bytes do not depend on the number of threads. Held at once: ROWS x NEGATIVES numbers a thread.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from numba import config
from scipy.sparse import csr_matrix

from recsys.models.checkpoints import State
from recsys.models.model import require_finite
from recsys.models.warm_start import FactorPair
from recsys.program.seeds import generator
from recsys.softmax.rows import Rows, scaled
from recsys.softmax.visits import Batch, batches_of_epoch

WEIGHT = 1.2  # of the negative part
ROWS = 128  # visits of a block


class Gradient(NamedTuple):
    """Of a batch's objective, by rows; and how well the rows stood."""

    users: np.ndarray  # which, each once, (k,)
    of_users: np.ndarray  # (k, f) float32
    items: np.ndarray  # which, each once, (m,)
    of_items: np.ndarray  # (m, f) float32
    right: int  # visits whose first positive stands above a random negative


class _Part(NamedTuple):
    """What a block of visits adds."""

    of_visits: np.ndarray  # (v, f), of the negative part
    of_negatives: np.ndarray  # (n, f)
    above: np.ndarray  # exp(score / t) of a random negative of each visit, (v,)


Map = Callable[[Callable[[slice], _Part], list[slice]], Iterator[_Part]]


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
        batches = list(batches_of_epoch(self.user_items, rng))
        lengths = np.linspace(first, last, len(batches), endpoint=False)
        right = 0
        with _threads() as each:
            for batch, length in zip(batches, lengths.tolist(), strict=True):
                users, items = self.users, self.items
                slope = gradient(
                    users.values, items.values, batch, self.temperature, each
                )
                users.step(slope.users, slope.of_users, length)
                items.step(slope.items, slope.of_items, length)
                right += slope.right
        require_finite(self.users.values, self.items.values)
        return right / sum(len(batch.users) for batch in batches)

    def state(self) -> State:
        """The rows as arrays, for a checkpoint."""
        return {**self.users.state("users"), **self.items.state("items")}

    def restore(self, state: State) -> None:
        """Go on from what state() gave."""
        self.users = Rows.restored(state, "users")
        self.items = Rows.restored(state, "items")


def gradient(
    X: np.ndarray, Y: np.ndarray, batch: Batch, temperature: float, each: Map = map
) -> Gradient:
    """The gradient of a batch's objective in X (users, f) and Y (items, f) float32, whose rows have
    length 1; `each` maps blocks of visits to their parts, in order.
    """
    U, N = X[batch.users], Y[batch.negatives]
    counts = np.diff(batch.begin).astype(np.float32)
    share = np.float32(WEIGHT) * counts
    hotter = np.float32(1 / temperature)

    def part(rows: slice) -> _Part:
        own = U[rows]
        likely = (own * hotter) @ N.T
        np.exp(likely, out=likely)
        column = np.arange(rows.start, rows.start + len(own)) % len(N)
        above = likely[np.arange(len(own)), column]
        weight = (share[rows] / likely.sum(axis=1))[:, None]
        return _Part((likely @ N) * weight, likely.T @ (own * weight), above)

    blocks = [slice(at, at + ROWS) for at in range(0, len(U), ROWS)]
    parts = list(each(part, blocks))
    of_negatives = parts[0].of_negatives
    for other in parts[1:]:
        of_negatives += other.of_negatives
    of_visits = np.concatenate([one.of_visits for one in parts])
    # (v, p): the positives of each visit
    ones = np.ones(len(batch.positives), dtype=np.float32)
    liked = csr_matrix((ones, batch.positives, batch.begin), (len(U), len(Y)))
    of_visits -= liked @ Y
    scale = hotter / np.float32(len(batch.positives))
    users, by_user = _sums(batch.users)
    items, by_item = _sums(
        np.concatenate([batch.negatives, batch.positives]),
        np.concatenate([np.arange(len(N)), len(N) + batch.visits]),
    )
    of_items = by_item @ np.concatenate([of_negatives, -U])
    first = np.einsum("ij,ij->i", U, Y[batch.positives[batch.begin[:-1]]])
    above = np.concatenate([one.above for one in parts])
    right = int((np.exp(first * hotter) > above).sum())
    return Gradient(
        users, (by_user @ of_visits) * scale, items, of_items * scale, right
    )


def _sums(
    keys: np.ndarray, places: np.ndarray | None = None
) -> tuple[np.ndarray, csr_matrix]:
    """The different `keys` (n,), and a matrix that adds up, for each, the rows at its `places`
    (n,), in their order; places 0, 1, ... if none are given.
    """
    order = np.argsort(keys, kind="stable")
    in_order = keys[order]
    begin = np.flatnonzero(np.diff(in_order, prepend=-1))
    places = order if places is None else places[order]
    ends = np.append(begin, len(keys))
    ones = np.ones(len(keys), dtype=np.float32)
    shape = (len(begin), int(places.max()) + 1)
    return in_order[begin], csr_matrix((ones, places, ends), shape)


@contextmanager
def _threads() -> Iterator[Map]:
    """A map over blocks that NUMBA_NUM_THREADS threads share; the built-in one for one thread."""
    if config.NUMBA_NUM_THREADS == 1:
        yield map
        return
    with ThreadPoolExecutor(config.NUMBA_NUM_THREADS) as pool:
        yield pool.map


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
