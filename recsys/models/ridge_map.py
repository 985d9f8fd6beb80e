"""A ridge map from embeddings to factors, fitted on warm items; and the rows that it predicts.

    m_i = l (W v_i) / |W v_i|

Only the direction of W v_i is taken: how long a row is says how popular the item is, which its text
does not know; l is the mean length of W v over all items with a text.
"""

import numpy as np

RIDGES = 10.0 ** np.arange(-2, 4.5, 0.5)  # tried in turn

JUDGES = 20_000  # items by which a ridge is chosen


def ridge_map(vectors: np.ndarray, factors: np.ndarray) -> np.ndarray | None:
    """W (d + 1, f) float64 that takes vectors (items, d) and a constant to factors (items, f) with
    the least error.

    The ridge is the one of RIDGES with the smallest leave-one-out error, in closed form (Allen,
    1974: the residual over 1 - leverage) of at most JUDGES rows, evenly spread. The constant is not
    penalised. None if the mean of the other rows predicts a row as well.
    """
    centre = vectors.mean(axis=0, dtype=np.float64)
    mean = factors.mean(axis=0, dtype=np.float64)
    F, Y = vectors - centre, factors - mean
    values, directions = np.linalg.eigh(F.T @ F)
    rotated = F @ directions
    target = rotated.T @ Y
    if len(F) > JUDGES:
        judges = np.arange(JUDGES) * len(F) // JUDGES
        rotated, Y = rotated[judges], Y[judges]
    by_the_mean = Y / (1 - 1 / len(F))
    best, least = None, float((by_the_mean**2).sum())
    for ridge in RIDGES:
        penalised = np.maximum(values, 0) + ridge
        shrunk = rotated / penalised
        leverage = (shrunk * rotated).sum(axis=1) + 1 / len(F)
        left_out = (Y - shrunk @ target) / np.maximum(1 - leverage, 1e-6)[:, None]
        error = float((left_out**2).sum())
        if error < least:
            best, least = directions @ (target / penalised[:, None]), error
    return None if best is None else np.vstack([best, mean - centre @ best])


def rows_from_texts(
    vectors: np.ndarray, item_factors: np.ndarray, counts: np.ndarray, bias: bool
) -> np.ndarray:
    """What the ridge map predicts for every item, (items, f) float32.

    `vectors` (items, d) float32 are the embeddings, `item_factors` (items, f) float32; the map is
    learned from the items with a positive number in `counts` (items,). `bias` says that the last
    factor is one: it is the mean of the predicted ones for all. An item without a text keeps its
    row; so do all where fewer than two items can teach, or where texts say nothing of factors.
    """
    has_text: np.ndarray = np.any(vectors != 0, axis=1)
    warm = (counts > 0) & has_text
    W = ridge_map(vectors[warm], item_factors[warm]) if warm.sum() > 1 else None
    if W is None:
        return item_factors
    predicted = vectors[has_text] @ W[:-1] + W[-1]
    taste = predicted[:, :-1] if bias else predicted
    length = np.linalg.norm(taste, axis=1, keepdims=True)
    zeros = np.zeros_like(length)
    taste *= np.divide(length.mean(), length, out=zeros, where=length > 0)
    if bias:
        predicted[:, -1] = predicted[:, -1].mean()
    rows = item_factors.copy()
    rows[has_text] = predicted
    return rows
