"""A ridge map from embeddings to factors, and the rows that it gives to items."""

import numpy as np

RIDGES = 10.0 ** np.arange(-2, 4.5, 0.5)  # tried in turn


def ridge_map(vectors: np.ndarray, factors: np.ndarray) -> np.ndarray | None:
    """W (d + 1, f) float64 that takes vectors (items, d) and a constant to factors (items, f) with
    the least error.

    The ridge is the one of RIDGES with the smallest leave-one-out error, in closed form (Allen,
    1974: the residual over 1 - leverage). The constant is not penalised. None if the mean of the
    other rows predicts a row as well.
    """
    centre, mean = vectors.mean(axis=0, dtype=np.float64), factors.mean(axis=0, dtype=np.float64)
    F, Y = vectors - centre, factors - mean
    values, directions = np.linalg.eigh(F.T @ F)
    rotated = F @ directions
    target = rotated.T @ Y
    best, least = None, float(((Y / (1 - 1 / len(F))) ** 2).sum())
    for ridge in RIDGES:
        shrunk = rotated / (np.maximum(values, 0) + ridge)
        leverage = (shrunk * rotated).sum(axis=1) + 1 / len(F)
        error = float(
            (((Y - shrunk @ target) / np.maximum(1 - leverage, 1e-6)[:, None]) ** 2).sum()
        )
        if error < least:
            best, least = directions @ (target / (np.maximum(values, 0) + ridge)[:, None]), error
    return None if best is None else np.vstack([best, mean - centre @ best])


def mapped(
    vectors: np.ndarray, item_factors: np.ndarray, counts: np.ndarray, bias: bool
) -> np.ndarray:
    """What the ridge map gives for every item, (items, f) float32; learned from items with a
    positive.

    `bias` says that the last factor is one: it is the mean of the predicted ones for all. An item
    without a text keeps its row; so do all where fewer than two items can teach, or where texts say
    nothing of factors.
    """
    said: np.ndarray = np.any(vectors != 0, axis=1)
    warm = (counts > 0) & said
    W = ridge_map(vectors[warm], item_factors[warm]) if warm.sum() > 1 else None
    if W is None:
        return item_factors
    made = vectors[said] @ W[:-1] + W[-1]
    taste = made[:, :-1] if bias else made
    length = np.linalg.norm(taste, axis=1, keepdims=True)
    taste *= np.divide(length.mean(), length, out=np.zeros_like(length), where=length > 0)
    if bias:
        made[:, -1] = made[:, -1].mean()
    rows = item_factors.copy()
    rows[said] = made
    return rows


def joined(
    item_factors: np.ndarray, predicted: np.ndarray, counts: np.ndarray, threshold: int
) -> np.ndarray:
    """Factors (items, f) float32 with the rows under the threshold drawn to `predicted`, the rest
    as they are.
    """
    own = np.minimum(counts / threshold, 1).astype(np.float32)[:, None]
    return np.where(own < 1, own * item_factors + (1 - own) * predicted, item_factors)
