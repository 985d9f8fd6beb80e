"""The best items of a row of scores in a total order, and of many users in batches."""

from collections.abc import Callable, Iterator

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.sparse import rows_of

BATCH_CELLS = 8 << 20  # scores held at once

Scorer = Callable[[np.ndarray], np.ndarray]  # user indices (b,) -> scores (b, items) float32


def top_k(scores: np.ndarray, k: int) -> np.ndarray:
    """Items (users, k) by falling score; -1 where a score of -inf says that there is none.
    ValueError on NaN.

    Score and index are packed into one integer, so that no two compare equal and the order is
    total.
    """
    if np.isnan(scores).any():
        raise ValueError("a score is not a number")
    users, items = scores.shape
    bits = (scores.astype(np.float32) + np.float32(0)).view(np.int32).astype(np.int64)
    ordered = np.where(bits < 0, bits ^ 0x7FFFFFFF, bits)
    keys = (ordered << 32) | (items - 1 - np.arange(items))
    width = min(k, items)
    best = np.argpartition(keys, items - width, axis=1)[:, items - width :]
    rows = np.arange(users)[:, None]
    best = best[rows, np.argsort(-keys[rows, best], axis=1)]
    best = np.where(np.isneginf(scores[rows, best]), -1, best)
    return np.pad(best, ((0, 0), (0, k - width)), constant_values=-1)


def rank(
    score: Scorer, users: np.ndarray, seen: csr_matrix, k: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Batches of (users (b,), items (b, k)): the best unseen items of each user, -1 where they run
    out.
    """
    size = max(1, BATCH_CELLS // max(1, seen.shape[1]))
    for start in range(0, len(users), size):
        batch = users[start : start + size]
        scores = np.array(score(batch), dtype=np.float32)
        mask = seen[batch]
        scores[rows_of(mask), mask.indices] = -np.inf
        yield batch, top_k(scores, k)
