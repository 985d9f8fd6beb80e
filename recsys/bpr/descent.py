"""The steps of BPR: stochastic descent over the positives, one epoch at a time.

Each epoch visits every positive (u, i) once, in random order, with one negative j, and takes a step
up

    ln sigmoid(s_ui - s_uj) - regularization / 2 (|x_u|^2 + |y_i|^2 + |y_j|^2 + b_i^2 + b_j^2)

with scores s_ui = x_u . y_i + b_i (Rendle et al., 2009). Negatives are of three kinds, in the
shares that `hard_negative_share` says:

    dislikes    one of the user's dislikes; from who has none, a negative of the other kinds
    popular     an item that the user never touched, in proportion to its positives
    the rest    any item that is no positive of the user, each as likely

Hard negatives (the first two kinds) taken as they are push down the very items that users are most
likely to take next: the popular ones, and those like the ones that they bought and did not like. So
they are corrected: a step with one is HARD_STEP as long, and with a popular one moves the taste and
not the biases, by which popular items stand where their positives put them. The offset log q of
Bengio & Senecal (2008) in place of that does worse on sparse data. What each kind is worth:
`python -m bench.models.negatives`.
"""

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from recsys.bpr.params import Params
from recsys.dataset.sparse import entries_per_row, rows_of, taken_out
from recsys.models.model import require_finite
from recsys.models.warm_start import FactorPair
from recsys.program.seeds import generator

LANES = 4  # user blocks: so many threads can work at once; each costs more waiting
LINE = 16  # float32 of a cache line
FEW = 50_000  # positives; up to so many one thread is faster than waiting for others

# of the first factors: larger ones drown what few positives say
SPREAD = np.float32(0.01)


class Triples(NamedTuple):
    """What an epoch visits, in the order of the kernel's cells."""

    rows: np.ndarray  # user, positive and negative, (n, 3) int32
    kinds: np.ndarray  # of the negatives, (n,) int8: kernel.OTHER, POPULAR or DISLIKE
    # where each cell begins, and where the last one ends, (cells + 1,) int64
    begin: np.ndarray


class Descent:
    """Factors X (users, f + 1) and Y (items, f + 1) float32 on their way.

    Y is a view of `apart`: threads step in rows of items beside one another, and where these share
    a cache line, each step waits until the line has come over from the other core.
    """

    def __init__(
        self,
        user_items: csr_matrix,
        dislikes: csr_matrix,
        params: Params,
        start: FactorPair | None = None,
    ) -> None:
        self.params = params
        self.positives = sorted_rows(user_items)
        self.dislikes = sorted_rows(taken_out(sorted_rows(dislikes), self.positives))
        self.users = rows_of(self.positives, np.int32)
        self.lanes = LANES if len(self.users) > FEW else 1
        self.go_on(*(start or first_factors(self.positives, params)))

    def go_on(self, X: np.ndarray, Y: np.ndarray) -> None:
        """Go on from these factors; X is stepped in, Y copied."""
        self.X, self.apart = X, on_lines(Y)
        self.Y = self.apart[:, : Y.shape[1]]

    def epoch(self, number: int, of: int = 0) -> float:
        """Visit every positive once; the share of triples that stood in the right order.

        It is one of so many, for the length of its steps (`rate`). FloatingPointError if the
        factors of items grow beyond bounds: those of a user do not for more than an epoch before
        them.
        """
        from recsys.bpr.kernel import descend

        triples = self.triples(number)
        step = np.float32(rate(number, of, self.params))
        regularization = np.float32(self.params.regularization)
        key = _key(self.params.seed, number, 2)
        both = self.X, self.apart
        right = descend(*both, *triples, self.lanes, key, step, regularization)
        require_finite(self.Y)
        return float(right.sum() / max(len(triples.rows), 1))

    def triples(self, number: int) -> Triples:
        """The triples of an epoch; a positive for which there is no negative is left out."""
        from recsys.bpr.kernel import cells, triples_of_epoch

        users, items = self.positives.shape
        rng = generator(self.params.seed, number)
        user_block = _random_blocks(rng, users, self.lanes)
        item_block = _random_blocks(rng, items, 2 * self.lanes)
        share = self.params.hard_negative_share
        return Triples(
            *triples_of_epoch(
                _key(self.params.seed, number, 1),
                self.users,
                (self.positives.indptr, self.positives.indices),
                (self.dislikes.indptr, self.dislikes.indices),
                (share.dislikes, share.popular),
                user_block,
                item_block,
                cells(self.lanes),
            )
        )


def on_lines(rows: np.ndarray) -> np.ndarray:
    """A copy (n, wide) float32 of rows (n, f), each on cache lines of its own, zeros behind it."""
    count, width = rows.shape
    wide = -(-width // LINE) * LINE
    room = np.zeros(count * wide + LINE, np.float32)
    begin = -(room.ctypes.data // room.itemsize) % LINE
    apart = room[begin : begin + count * wide].reshape(count, wide)
    apart[:, :width] = rows
    return apart


def rate(epoch: int, epochs: int, params: Params) -> float:
    """The length of the steps of an epoch, from 1 on, of a fit of so many.

    It is the learning rate, and over the last `decay_share` of the epochs falls in a line towards
    0: where steps stay long, the factors that a fit ends with are a matter of luck.
    """
    falling = params.decay_share * epochs
    left = epochs + 1 - epoch
    return params.learning_rate * min(1.0, left / falling if falling else 1.0)


def _random_blocks(rng: np.random.Generator, count: int, blocks: int) -> np.ndarray:
    """A block for each of `count` rows, at random, all blocks alike: (count,) int16."""
    return (rng.permutation(count) % blocks).astype(np.int16)


def sorted_rows(matrix: csr_matrix) -> csr_matrix:
    """A copy with 1 at every entry, columns in order, once each, indices int32 and indptr int64."""
    copy = matrix.copy()
    copy.sum_duplicates()
    copy.data = np.ones(len(copy.indices), dtype=np.float32)
    copy.indices, copy.indptr = (
        copy.indices.astype(np.int32),
        copy.indptr.astype(np.int64),
    )
    return copy


def first_factors(user_items: csr_matrix, params: Params) -> FactorPair:
    """Small random factors (users, f + 1) and (items, f + 1), normal with a deviation of SPREAD;
    biases 0, and 0 for users without a positive.
    """
    rng = generator(params.seed)
    X, Y = (_random_rows(rng, count, params.factors) for count in user_items.shape)
    X[entries_per_row(user_items) == 0] = 0
    X[:, -1] = 1
    return X, Y


def _random_rows(rng: np.random.Generator, count: int, factors: int) -> np.ndarray:
    """(count, factors + 1) float32, the last column 0."""
    rows = SPREAD * rng.standard_normal((count, factors), dtype=np.float32)
    return np.pad(rows, ((0, 0), (0, 1)))


def _key(seed: int, epoch: int, use: int) -> np.uint64:
    """Where the random numbers of one use in one epoch begin."""
    return np.uint64(
        np.random.SeedSequence([seed, epoch, use]).generate_state(1, np.uint64)[0]
    )
