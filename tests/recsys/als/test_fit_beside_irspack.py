"""ALS of this project beside that of irspack, on the same objective."""

import warnings

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.ranking.metrics import metrics_of
from tests.recsys.als.worlds import fit


def tastes(
    users: int = 600, items: int = 150, groups: int = 5
) -> tuple[csr_matrix, csr_matrix]:
    """Training positives and one held-out positive a user: most of them from the user's group of
    items.
    """
    rng = np.random.default_rng(5)
    weight = np.where(
        np.arange(users)[:, None] % groups == np.arange(items) % groups, 10.0, 1.0
    )
    weight *= rng.permutation(1 / np.arange(1, items + 1) ** 0.5)
    keys = rng.random((users, items)) ** (
        1 / weight
    )  # the largest ones are a draw without replacement
    drawn = np.argsort(-keys, axis=1)[:, :9]
    held = rng.permuted(drawn, axis=1)
    ones, rows = np.ones(users * 8, np.float32), np.repeat(np.arange(users), 8)
    train = csr_matrix((ones, (rows, held[:, 1:].ravel())), shape=(users, items))
    return train, csr_matrix(
        (np.ones(users, np.float32), (np.arange(users), held[:, 0])),
        shape=(users, items),
    )


def ndcg(score: np.ndarray, seen: csr_matrix, test: csr_matrix) -> np.ndarray:
    return metrics_of(lambda rows: score[rows], seen, test)["ndcg_at_10"]


def test_it_ranks_as_well_as_irspack_on_the_same_objective() -> None:
    """irspack's divided by alpha0, its weight of every cell: a positive weighs 1 / alpha0 more."""
    train, test = tastes()
    with (
        warnings.catch_warnings()
    ):  # irspack configures its own pydantic models in the old way
        warnings.filterwarnings(
            "ignore", "Support for class-based `config` is deprecated"
        )
        from irspack import IALSRecommender

        theirs = IALSRecommender(
            train.astype(np.float64),
            8,
            alpha0=0.1,
            reg=0.03,
            n_threads=1,
            random_seed=1,
        )
    theirs.start_learning()
    for _ in range(15):
        theirs.run_epoch()
    settings = {
        "factors": 8,
        "alpha": 10.0,
        "regularization": 0.03,
        "frequency_scaling": 1.0,
        "iterations": 15,
    }
    ours = fit(train, **settings)
    found = ndcg(ours.user_factors @ ours.item_factors.T, train, test)
    peer = ndcg(
        theirs.get_user_embedding() @ theirs.get_item_embedding().T, train, test
    )
    popular = ndcg(
        np.tile(np.asarray(train.sum(axis=0)), (train.shape[0], 1)), train, test
    )
    assert peer.mean() > 1.2 * popular.mean()
    assert found.mean() == pytest.approx(peer.mean(), abs=0.015)
