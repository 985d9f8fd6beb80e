"""Models of other libraries: their grids, and EASE by its definition."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bench.models.peers import PEERS, Peer
from recsys.dataset.interactions import Interactions
from tests.worlds import even_odd, parity_vectors


def test_a_grid_gives_every_setting() -> None:
    peer = Peer(PEERS["EASE"].fit, {"a": [1, 2], "b": [3, 4]})
    assert list(peer.settings()) == [
        {"a": 1, "b": 3},
        {"a": 1, "b": 4},
        {"a": 2, "b": 3},
        {"a": 2, "b": 4},
    ]


@pytest.mark.parametrize("name", PEERS)
def test_every_peer_ranks_items_of_the_same_parity_first(name: str) -> None:
    likes = even_odd()
    known = Interactions(likes * np.float32(5), likes, likes * 0)
    peer = PEERS[name]
    setting = (
        list(peer.settings())[-1] if name == "implicit BPR" else next(peer.settings())
    )
    scores = peer.fit(known, parity_vectors(), setting)(np.arange(12))
    same = np.add.outer(np.arange(12), np.arange(10)) % 2 == 0
    assert scores.shape == (12, 10)
    assert scores[same].mean() > scores[~same].mean()


def test_ease_on_two_items_is_the_closed_form() -> None:
    likes = csr_matrix(np.ones((2, 2), dtype=np.float32))
    known = Interactions(likes, likes, likes * 0)
    scores = PEERS["EASE"].fit(known, parity_vectors(2), {"regularization": 2.0})(
        np.arange(2)
    )
    # gram = [[2, 2], [2, 2]] + 2 I; the weight of the other item is 2 / (2 + 2)
    assert scores == pytest.approx(np.full((2, 2), 1 / 2))
