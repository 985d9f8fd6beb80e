"""The best items of a row of scores in a total order, and of many users in batches."""

from collections.abc import Callable, Iterator

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.sparse import rows_of
from recsys.ranking.kernel import best_of_rows

BATCH_CELLS = 1 << 20  # scores held at once: so many stay in the caches of a processor

# user indices (b,) -> scores (b, items) float32
Scorer = Callable[[np.ndarray], np.ndarray]


def top_k(scores: np.ndarray, k: int) -> np.ndarray:
    """Items (users, k) int32 by falling score; -1 where a score of -inf says that there is none.

    `scores` are (users, items) float32. At a tie the item with the smaller index comes first, so
    that the order is total. ValueError on NaN.
    """
    rows = np.ascontiguousarray(scores, dtype=np.float32)
    best: np.ndarray
    best, has_nan = best_of_rows(rows, k)
    if has_nan:
        raise ValueError("a score is not a number")
    return best


def mask_seen(scores: np.ndarray, seen: csr_matrix) -> None:
    """Set `scores` (users, items) to -inf, in place, where `seen` (users, items) has an entry."""
    scores[rows_of(seen), seen.indices] = -np.inf


def batches(users: np.ndarray, items: int) -> Iterator[np.ndarray]:
    """Runs of `users` (n,) so short that their scores of all `items` are at most BATCH_CELLS."""
    size = max(1, BATCH_CELLS // max(1, items))
    for start in range(0, len(users), size):
        yield users[start : start + size]


def rank(
    score: Scorer, users: np.ndarray, seen: csr_matrix, k: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Batches of users (b,) and their best unseen items (b, k), -1 where these run out.

    `users` (n,) are row indices of `seen` (users, items), whose entries are not recommended.
    """
    for batch in batches(users, seen.shape[1]):
        scores = np.array(score(batch), dtype=np.float32)
        mask_seen(scores, seen[batch])
        yield batch, top_k(scores, k)
