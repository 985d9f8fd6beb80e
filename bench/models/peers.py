"""Models of other libraries that ours are compared with, each with the ranges of its settings."""

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from bench.models.comparison import product
from recsys.dataset.interactions import Interactions
from recsys.ranking.top_k import Scorer

IMPLICIT_ITERATIONS = 15  # its default
IRSPACK_EPOCHS = 16  # its default
STEP = 2**0.5  # the ratio of a value of a setting to the one below it

Setting = dict[str, Any]
Places = tuple[int, ...]  # of the values of a setting on their ranges
# by what, embeddings (items, d), how, seed; ValueError if it grew beyond bounds
Fit = Callable[[Interactions, np.ndarray, Setting, int], Scorer]


class Range(NamedTuple):
    """Values of a setting, `low` times STEP to a whole power: its place."""

    low: float  # settings are drawn from here ...
    high: float  # ... to here
    least: float  # and a search that moves on ends here ...
    most: float  # ... or here
    whole: bool = False

    def value(self, place: int) -> float:
        """The value at a place, of three digits; a whole number where there are only these."""
        exact = self.low * STEP**place
        return round(exact) if self.whole else float(f"{exact:.3g}")

    def has(self, place: int) -> bool:
        """Whether a search may come to this place."""
        return self.least <= self.value(place) <= self.most

    def drawn(self, rng: np.random.Generator) -> int:
        """A place between low and high."""
        last = int(np.floor(np.log(self.high / self.low) / np.log(STEP) + 1e-9))
        return int(rng.integers(last + 1))


class Peer(NamedTuple):
    """A model of another library: how it is fitted, and the range of each of its settings."""

    fit: Fit
    ranges: dict[str, Range]
    has_seed: bool = True  # or the same model with any
    needs_texts: bool = False

    def setting(self, places: Places) -> Setting:
        """The setting with a value at each of the places."""
        pairs = zip(self.ranges.items(), places, strict=True)
        return {name: values.value(place) for (name, values), place in pairs}


def implicit_als(
    known: Interactions, _vectors: np.ndarray, setting: Setting, seed: int
) -> Scorer:
    """ALS of implicit, on the confidence."""
    from implicit.cpu.als import AlternatingLeastSquares

    return _implicit(
        AlternatingLeastSquares(
            **setting, iterations=IMPLICIT_ITERATIONS, num_threads=1, random_state=seed
        ),
        known.confidence,
    )


def implicit_bpr(
    known: Interactions, _vectors: np.ndarray, setting: Setting, seed: int
) -> Scorer:
    """BPR of implicit."""
    from implicit.cpu.bpr import BayesianPersonalizedRanking

    model = BayesianPersonalizedRanking(**setting, num_threads=1, random_state=seed)
    return _implicit(model, known.binary)


def _implicit(model: Any, user_items: csr_matrix) -> Scorer:
    from implicit.recommender_base import ModelFitError

    try:
        model.fit(user_items, show_progress=False)
    except ModelFitError as error:
        raise ValueError(str(error)) from error
    return product(model.user_factors, model.item_factors)


def irspack(
    known: Interactions, vectors: np.ndarray, setting: Setting, seed: int
) -> Scorer:
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
            known.binary.astype(np.float64), n_threads=1, random_seed=seed, **settings
        )
    model.start_learning()
    for _ in range(IRSPACK_EPOCHS):  # its learn() shows a bar
        model.run_epoch()
    return product(model.get_user_embedding(), model.get_item_embedding())


def ease(
    known: Interactions, _vectors: np.ndarray, setting: Setting, _seed: int
) -> Scorer:
    """The linear item-item model of Steck (2019)."""
    gram = (known.binary.T @ known.binary).toarray().astype(np.float64)
    inverse = np.linalg.inv(gram + setting["regularization"] * np.eye(len(gram)))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return lambda rows: np.asarray(known.binary[rows] @ weights, dtype=np.float32)


FACTORS = Range(8, 128, 1, 1024, whole=True)
IRSPACK = {
    "n_components": FACTORS,
    "alpha0": Range(0.001, 1, 1e-6, 1000),
    "reg": Range(0.0001, 1, 1e-8, 1000),
}
PEERS = {
    "implicit ALS": Peer(
        implicit_als,
        {
            "factors": FACTORS,
            "regularization": Range(0.1, 100, 1e-4, 1e5),
            "alpha": Range(0.1, 30, 1e-4, 1e4),
        },
    ),
    "implicit BPR": Peer(
        implicit_bpr,
        {
            "factors": FACTORS,
            "learning_rate": Range(0.01, 0.3, 1e-4, 10),
            "regularization": Range(0.001, 0.3, 1e-6, 10),
            "iterations": Range(25, 400, 5, 800, whole=True),
        },
    ),
    "irspack iALS": Peer(irspack, IRSPACK),
    "irspack iALS with item features": Peer(
        irspack,
        {**IRSPACK, "lambda_item_feature": Range(0.1, 100, 1e-4, 1e5)},
        needs_texts=True,
    ),
    "EASE": Peer(ease, {"regularization": Range(1, 10000, 1e-3, 1e7)}, has_seed=False),
}
