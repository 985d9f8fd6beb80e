"""Models of other libraries that ours are compared with, each with the grid of its settings."""

import itertools
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from bench.models.comparison import product
from recsys.dataset.interactions import Interactions
from recsys.ranking.top_k import Scorer

SEED = 42
IMPLICIT_ITERATIONS = 15
IRSPACK_EPOCHS = 16  # its default
IRSPACK_FACTORS = 64

Setting = dict[str, Any]
Grid = dict[str, list[Any]]
# by what, embeddings (items, d), how
Fit = Callable[[Interactions, np.ndarray, Setting], Scorer]


class Peer(NamedTuple):
    """A model of another library: how it is fitted, and the choices for each of its settings."""

    fit: Fit
    grid: Grid

    def settings(self) -> Iterator[Setting]:
        """Every setting of the grid."""
        for values in itertools.product(*self.grid.values()):
            yield dict(zip(self.grid, values, strict=True))


def implicit_als(known: Interactions, _vectors: np.ndarray, setting: Setting) -> Scorer:
    """ALS of implicit, on the confidence."""
    from implicit.cpu.als import AlternatingLeastSquares

    model = AlternatingLeastSquares(
        **setting, iterations=IMPLICIT_ITERATIONS, random_state=SEED
    )
    model.fit(known.confidence, show_progress=False)
    return product(model.user_factors, model.item_factors)


def implicit_bpr(known: Interactions, _vectors: np.ndarray, setting: Setting) -> Scorer:
    """BPR of implicit, on one thread."""
    from implicit.cpu.bpr import BayesianPersonalizedRanking

    model = BayesianPersonalizedRanking(**setting, num_threads=1, random_state=SEED)
    model.fit(known.binary, show_progress=False)
    return product(model.user_factors, model.item_factors)


def irspack(known: Interactions, vectors: np.ndarray, setting: Setting) -> Scorer:
    """iALS of irspack; with `lambda_item_feature`, the embeddings are features of the items."""
    with (
        warnings.catch_warnings()
    ):  # irspack configures its own pydantic models in the old way
        warnings.simplefilter("ignore")
        from irspack import IALSRecommender

        settings = dict(setting)
        if "lambda_item_feature" in settings:
            settings["item_features"] = csr_matrix(vectors.astype(np.float64))
        model = IALSRecommender(
            known.binary.astype(np.float64),
            n_components=IRSPACK_FACTORS,
            n_threads=1,
            random_seed=SEED,
            **settings,
        )
    model.start_learning()
    for _ in range(IRSPACK_EPOCHS):  # its learn() shows a bar
        model.run_epoch()
    return product(model.get_user_embedding(), model.get_item_embedding())


def ease(known: Interactions, _vectors: np.ndarray, setting: Setting) -> Scorer:
    """The linear item-item model of Steck (2019)."""
    gram = (known.binary.T @ known.binary).toarray().astype(np.float64)
    inverse = np.linalg.inv(gram + setting["regularization"] * np.eye(len(gram)))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return lambda rows: np.asarray(known.binary[rows] @ weights, dtype=np.float32)


PEERS = {
    "implicit ALS": Peer(
        implicit_als,
        {
            "factors": [16, 32, 64],
            "regularization": [1.0, 5.0, 10.0, 20.0],
            "alpha": [1.0, 2.0, 4.0, 8.0],
        },
    ),
    "implicit BPR": Peer(
        implicit_bpr,
        {
            "factors": [32, 64, 128],
            "learning_rate": [0.05, 0.1],
            "regularization": [0.01, 0.03, 0.1],
            "iterations": [50, 100, 200, 400],
        },
    ),
    "irspack iALS": Peer(
        irspack,
        {"alpha0": [0.003, 0.01, 0.03, 0.1], "reg": [0.003, 0.01, 0.03, 0.1, 0.3]},
    ),
    "irspack iALS with item features": Peer(
        irspack,
        {
            "alpha0": [0.003, 0.01, 0.03, 0.1],
            "reg": [0.003, 0.01, 0.03, 0.1, 0.3],
            "lambda_item_feature": [1.0, 3.0, 10.0],
        },
    ),
    "EASE": Peer(ease, {"regularization": [10.0, 30.0, 100.0, 300.0, 1000.0]}),
}
