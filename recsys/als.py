"""Alternating least squares for implicit feedback (Hu, Koren and Volinsky, 2008), by the library implicit."""

import numpy as np
from scipy.sparse import csr_matrix


def fit(
    user_items: csr_matrix, *, factors: int, regularization: float, iterations: int, alpha: float, seed: int
) -> tuple[np.ndarray, np.ndarray, list[dict[str, float]]]:
    """user_factors (users, f), item_factors (items, f) float32, and the loss after each iteration.

    The confidence of an entry is `alpha` times its value; what is not there has confidence 1 and preference 0.
    The same bytes for any number of threads, as long as BLAS has one (stages/__init__.py sees to it).
    """
    from implicit.cpu.als import AlternatingLeastSquares

    model = AlternatingLeastSquares(
        factors=factors, regularization=regularization, iterations=iterations, alpha=alpha, random_state=seed
    )
    curve: list[dict[str, float]] = []

    def note(iteration: int, _elapsed: float, _loss: float | None) -> None:
        value = loss(user_items, model.user_factors, model.item_factors, alpha, regularization)
        curve.append({"iteration": iteration + 1, "loss": value})

    model.fit(user_items, show_progress=False, callback=note)
    return model.user_factors, model.item_factors, curve


def loss(user_items: csr_matrix, X: np.ndarray, Y: np.ndarray, alpha: float, regularization: float) -> float:
    """Weighted squared error over all cells plus the penalty, divided by the number of cells, in O(nnz f)."""
    entries = user_items.tocoo()
    predicted = np.einsum("nf,nf->n", X[entries.row], Y[entries.col]).astype(np.float64)
    confidence = alpha * entries.data.astype(np.float64)
    observed = (confidence * (1 - predicted) ** 2 - predicted**2).sum()
    everything = np.sum((X.T @ X).astype(np.float64) * (Y.T @ Y))
    penalty = regularization * (np.sum(X.astype(np.float64) ** 2) + np.sum(Y.astype(np.float64) ** 2))
    return float((observed + everything + penalty) / (X.shape[0] * Y.shape[0]))
