"""Models of other libraries: the ranges of their settings, and EASE by its definition."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bench.models.peers import PEERS, Range
from recsys.dataset.interactions import Interactions
from tests.worlds import even_odd, parity_vectors

FEW = {
    "implicit ALS": {"factors": 16, "regularization": 1.0, "alpha": 1.0},
    "implicit BPR": {
        "factors": 32,
        "learning_rate": 0.1,
        "regularization": 0.01,
        "iterations": 200,
    },
    "irspack iALS": {"n_components": 16, "alpha0": 0.003, "reg": 0.003},
    "irspack iALS with item features": {
        "n_components": 16,
        "alpha0": 0.003,
        "reg": 0.003,
        "lambda_item_feature": 1.0,
    },
    "EASE": {"regularization": 10.0},
}


def test_a_range_goes_by_the_square_root_of_two() -> None:
    one = Range(8, 32, 4, 64, whole=True)
    assert [one.value(place) for place in range(-2, 7)] == [
        *(4, 6, 8, 11, 16, 23, 32, 45, 64)
    ]
    assert [place for place in range(-5, 9) if one.has(place)] == [*range(-2, 7)]
    drawn = {one.drawn(np.random.default_rng(seed)) for seed in range(50)}
    assert drawn == {0, 1, 2, 3, 4}
    assert Range(0.1, 1, 0.01, 10).value(1) == 0.141


@pytest.mark.parametrize("name", PEERS)
def test_every_peer_ranks_items_of_the_same_parity_first(name: str) -> None:
    likes = even_odd()
    known = Interactions(likes * np.float32(5), likes, likes * 0)
    assert set(PEERS[name].ranges) == set(FEW[name])
    scores = PEERS[name].fit(known, parity_vectors(), FEW[name], 42)(np.arange(12))
    same = np.add.outer(np.arange(12), np.arange(10)) % 2 == 0
    assert scores.shape == (12, 10)
    assert scores[same].mean() > scores[~same].mean()


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_is_drawn_by_its_seed_if_it_has_one(name: str) -> None:
    likes = even_odd()
    known = Interactions(likes * np.float32(5), likes, likes * 0)
    fits = [
        PEERS[name].fit(known, parity_vectors(), FEW[name], seed)(np.arange(12))
        for seed in (1, 1, 2)
    ]
    assert (fits[0] == fits[1]).all()
    assert (fits[0] == fits[2]).all() == (not PEERS[name].has_seed)


def test_a_fit_beyond_bounds_is_told() -> None:
    likes = even_odd()
    known = Interactions(likes * np.float32(5), likes, likes * 0)
    beyond = {"factors": 8, "regularization": 0.1, "alpha": float("nan")}
    with pytest.raises(ValueError, match="NaN"):
        PEERS["implicit ALS"].fit(known, parity_vectors(), beyond, 42)


def test_ease_on_two_items_is_the_closed_form() -> None:
    likes = csr_matrix(np.ones((2, 2), dtype=np.float32))
    known = Interactions(likes, likes, likes * 0)
    fit = PEERS["EASE"].fit
    scores = fit(known, parity_vectors(2), {"regularization": 2.0}, 42)(np.arange(2))
    # gram = [[2, 2], [2, 2]] + 2 I; the weight of the other item is 2 / (2 + 2)
    assert scores == pytest.approx(np.full((2, 2), 1 / 2))
