"""The best items of a row of scores in a total order, and of many users in blocks.

A block of users is scored, masked and ranked by one thread, so its scores stay in the caches of a
processor; blocks go to NUMBA_NUM_THREADS threads. BLAS has one thread (stages/__init__.py sees to
it), and a block is the same whoever computes it: the bytes do not depend on the number of threads.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
from numba import config
from scipy.sparse import csr_matrix

from recsys.ranking import kernel

BATCH_CELLS = 1 << 20  # scores of one ranker that a thread holds at once
# users at once with very many items: each product with the items reads all of them
LEAST_ROWS = 32
LARGEST_CELLS = 8 << 20
AHEAD = 4  # blocks a thread that are computed before the first one is taken

# user indices (b,) -> scores (b, items) float32
Scorer = Callable[[np.ndarray], np.ndarray]
# user indices (b,), their scores (b, items) float32 with -inf for what is not to be shown, k ->
# items (b, k) int32, best first, -1 where they run out
Lister = Callable[[np.ndarray, np.ndarray, int], np.ndarray]
Result = TypeVar("Result")


def top_k(scores: np.ndarray, k: int) -> np.ndarray:
    """Items (users, k) int32 by falling score; -1 where a score of -inf says that there is none.

    `scores` are (users, items) float32. At a tie the item with the smaller index comes first, so
    that the order is total. ValueError on NaN, and for a k below 1.
    """
    if k < 1:
        raise ValueError(f"a list of {k} places")
    rows = np.ascontiguousarray(scores, dtype=np.float32)
    best, has_nan = kernel.best_of_rows(rows, k)
    _refuse(has_nan)
    return best


def places(scores: np.ndarray, wanted: csr_matrix) -> np.ndarray:
    """The place, from 0, of each entry of `wanted` (users, items) in the order of its row, as
    `top_k` has it: (nnz,) int32; -1 where the score is -inf.

    `scores` are (users, items) float32. ValueError on NaN.
    """
    rows = np.ascontiguousarray(scores, dtype=np.float32)
    row = np.repeat(np.arange(len(rows)), np.diff(wanted.indptr))
    found, has_nan = kernel.places_of(rows, row, wanted.indices)
    _refuse(has_nan)
    return found


def _refuse(has_nan: bool) -> None:
    if has_nan:
        raise ValueError("a score is not a number")


def mask_seen(scores: np.ndarray, seen: csr_matrix) -> None:
    """Set `scores` (users, items) to -inf, in place, where `seen` (users, items) has an entry."""
    kernel.mask(scores, seen.indptr, seen.indices)


@contextmanager
def only_unseen(scores: np.ndarray, seen: csr_matrix) -> Iterator[np.ndarray]:
    """The scores (users, items) float32 with -inf where `seen` (users, items) has an entry.

    It is the same array where it can be: what stood there stands there again afterwards. A view, as
    of a row that all share, is copied.
    """
    own = np.require(scores, np.float32, ["C_CONTIGUOUS", "WRITEABLE", "OWNDATA"])
    former = kernel.mask(own, seen.indptr, seen.indices)
    yield own
    kernel.unmask(own, seen.indptr, seen.indices, former)


def batches(users: np.ndarray, items: int) -> Iterator[np.ndarray]:
    """Runs of `users` (n,) so short that their scores of all `items` are at most BATCH_CELLS; or
    LEAST_ROWS, if these have at most LARGEST_CELLS.
    """
    rows, most = BATCH_CELLS // max(1, items), LARGEST_CELLS // max(1, items)
    size = max(1, rows, min(LEAST_ROWS, most))
    for start in range(0, len(users), size):
        yield users[start : start + size]


def in_blocks(
    work: Callable[[np.ndarray], Result], users: np.ndarray, items: int
) -> Iterator[tuple[np.ndarray, Result]]:
    """Each batch of `users` (n,) with what `work` makes of it, in order.

    Batches are worked on by several threads, a few ahead of the one that is taken: what is held
    does not grow with the users.
    """
    blocks = list(batches(users, items))
    threads = config.NUMBA_NUM_THREADS
    with ThreadPoolExecutor(threads) as pool:
        ahead = threads * AHEAD
        waiting = [pool.submit(work, block) for block in blocks[:ahead]]
        try:
            for at, block in enumerate(blocks):
                result = waiting[at % ahead].result()
                if at + ahead < len(blocks):
                    waiting[at % ahead] = pool.submit(work, blocks[at + ahead])
                yield block, result
        finally:
            for future in waiting:
                future.cancel()


def by_score(_: np.ndarray, scores: np.ndarray, k: int) -> np.ndarray:
    """A Lister: the best items of the scores, and nothing else."""
    return top_k(scores, k)


def rank(
    score: Scorer,
    users: np.ndarray,
    seen: csr_matrix,
    k: int,
    lister: Lister = by_score,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Batches of users (b,) and their lists of unseen items (b, k), -1 where these run out.

    `users` (n,) are row indices of `seen` (users, items), whose entries are not recommended.
    """

    def lists(batch: np.ndarray) -> np.ndarray:
        with only_unseen(score(batch), seen[batch]) as scores:
            return lister(batch, scores, k)

    yield from in_blocks(lists, users, seen.shape[1])
