"""What an epoch of sampled softmax looks at: visits of users, in batches with shared negatives.

A visit is a user with at most MOST of their positives. One positive a visit takes several times as
long, and all of a user's at once learn worse: a user with many would count as a user with few.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.sparse import entries_per_row
from recsys.files.stretches import cells
from recsys.softmax import kernel

MOST = 8  # positives of a visit
BATCH = 128  # visits that share their negatives
NEGATIVES = 1024  # of a batch, each item once


class Batch(NamedTuple):
    """Some visits, and the items that they are told apart from."""

    users: np.ndarray  # of each visit, (v,) int64
    begin: np.ndarray  # where the positives of each begin, and the last end, (v + 1,)
    positives: np.ndarray  # (p,) int32
    negatives: np.ndarray  # (n,) int64, each once, in order; some may be positives

    @property
    def visits(self) -> np.ndarray:
        """The visit of each positive, (p,) int64."""
        return np.repeat(np.arange(len(self.users)), np.diff(self.begin))


def batches_per_epoch(user_items: csr_matrix) -> int:
    """How many batches `batches_of_epoch` gives."""
    visits = int((-(-entries_per_row(user_items) // MOST)).sum())
    return -(-visits // BATCH)


def batches_of_epoch(
    user_items: csr_matrix, rng: np.random.Generator
) -> Iterator[Batch]:
    """Every positive of csr (users, items) once: each user's in random order, cut into visits,
    these in random order.
    """
    users, begin, positives = _visits(user_items, rng)
    items = user_items.shape[1]
    for first in range(0, len(users), BATCH):
        bounds = begin[first : first + BATCH + 1]
        yield Batch(
            users[first : first + BATCH],
            bounds - bounds[0],
            positives[bounds[0] : bounds[-1]],
            _some_items(items, rng),
        )


def _some_items(items: int, rng: np.random.Generator) -> np.ndarray:
    """NEGATIVES different items, each as likely, in order; all where there are no more."""
    if items <= NEGATIVES:
        return np.arange(items)
    drawn: np.ndarray = rng.choice(items, NEGATIVES, replace=False, shuffle=False)
    return np.sort(drawn)


def _visits(
    user_items: csr_matrix, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The user of each visit, where its positives begin, and the positives."""
    counts = entries_per_row(user_items)
    draws = rng.random(user_items.nnz, dtype=np.float32)
    shuffled = kernel.shuffled(user_items.indptr, user_items.indices, draws)
    visits = -(-counts // MOST)  # of each user
    user = np.repeat(np.arange(len(counts)), visits)
    number = np.arange(len(user)) - np.repeat(np.cumsum(visits) - visits, visits)
    start = user_items.indptr[user] + MOST * number
    length = np.minimum(MOST, user_items.indptr[user + 1] - start)
    order = rng.permutation(len(user))
    begin = np.concatenate([[0], np.cumsum(length[order])])
    place = cells(start[order], length[order])
    return user[order], begin, shuffled[place]
