"""Embeddings of length 1, and factors that they tell."""

import numpy as np


def texts(items: int, width: int, seed: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(items, width)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def factors_of(vectors: np.ndarray, noise: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    W = rng.normal(size=(vectors.shape[1], 4))
    return (vectors @ W + 3 + noise * rng.normal(size=(len(vectors), 4))).astype(
        np.float32
    )
