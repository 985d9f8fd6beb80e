"""Many hybrid weights at once are judged as the full ranking of each would judge it."""

from itertools import product

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.dataset.interactions import Interactions
from recsys.ranking import hybrid, metrics, top_k
from recsys.ranking import places as judged
from recsys.ranking.weights import ONLY_FACTORS, Weights


def world(
    seed: int, users: int = 30, items: int = 17
) -> tuple[Interactions, csr_matrix, np.ndarray]:
    """Random interactions, one held-out positive of two users in three, and vectors."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(4, p=[0.6, 0.2, 0.1, 0.1], size=(users, items))
    held_out = np.zeros((users, items), dtype=np.float32)
    held_out[np.arange(users), rng.integers(0, items, users)] = np.arange(users) % 3 > 0
    held_out[kind == 2] = 0
    binary = csr_matrix(((kind == 1) & (held_out == 0)).astype(np.float32))
    ages = binary.copy()
    ages.data = rng.integers(1, 5, len(ages.data)).astype(np.float32)
    known = Interactions(
        binary * np.float32(5),
        binary,
        csr_matrix((kind == 2).astype(np.float32)),
        ages,
    )
    return (
        known,
        csr_matrix(held_out),
        rng.integers(-2, 3, (items, 3)).astype(np.float32),
    )


@pytest.mark.parametrize("cells", [1, 50, 8 << 20])
@pytest.mark.parametrize("tied", [True, False])
def test_places_give_the_metrics_of_a_full_ranking_to_the_last_bit(
    monkeypatch: pytest.MonkeyPatch, cells: int, tied: bool
) -> None:
    monkeypatch.setattr(top_k, "BATCH_CELLS", cells)
    monkeypatch.setattr(top_k, "LEAST_ROWS", 1)
    triples = [
        Weights(content=c, popularity=p, neighbours=n, memory=m)
        for c, p, n, m in product((0, 0.3, 2), (0, 0.7, 1), (0, 0.6), (0, 1))
    ]
    for seed in range(5):
        known, held_out, vectors = world(seed)
        drawn = np.random.default_rng(seed).normal(size=(30, 17)).astype(np.float32)
        scores = np.round(drawn) if tied else drawn
        beside = hybrid.beside(known.binary, vectors, *triples)
        found = judged.places(
            lambda users, s=scores: s[users], known, held_out, beside, triples
        )
        for row, weights in zip(found, triples, strict=True):
            full = hybrid.scorer(
                lambda users, s=scores: s[users], known.aged, vectors, weights
            )
            expected, _ = metrics.evaluate(full, known.seen, held_out, [10])
            for metric in judged.GAINS:
                assert judged.gains(row, metric).tolist() == expected[metric].tolist()


def test_a_held_out_item_that_was_seen_is_no_hit() -> None:
    known, held_out, vectors = world(0)
    clash = Interactions(known.confidence, known.binary, held_out)
    found = judged.places(
        lambda users: np.ones((len(users), 17)),
        clash,
        held_out,
        hybrid.beside(clash.binary, vectors),
        [ONLY_FACTORS],
    )
    assert (found == judged.DEEPEST).all()


def test_a_score_that_is_not_a_number_is_refused() -> None:
    known, held_out, vectors = world(0)
    with pytest.raises(ValueError, match="not a number"):
        judged.places(
            lambda users: np.full((len(users), 17), np.nan),
            known,
            held_out,
            hybrid.beside(known.binary, vectors),
            [ONLY_FACTORS],
        )


def test_weights_without_a_part_do_not_need_it() -> None:
    known, held_out, vectors = world(1)
    light = Weights(content=0, popularity=1, neighbours=0)
    beside = hybrid.beside(known.binary, vectors, light)
    assert beside.neighbours is None
    found = judged.places(
        lambda users: np.ones((len(users), 17)), known, held_out, beside, [light]
    )
    assert found.shape == (1, held_out.nnz)


def test_nobody_and_no_weights_are_empty_arrays() -> None:
    known, held_out, vectors = world(1)
    beside = hybrid.beside(known.binary, vectors)

    def score(users: np.ndarray) -> np.ndarray:
        return np.ones((len(users), 17))

    nobody = csr_matrix(held_out.shape, dtype=np.float32)
    assert judged.places(score, known, nobody, beside, [ONLY_FACTORS]).shape == (1, 0)
    assert judged.places(score, known, held_out, beside, []).shape == (0, held_out.nnz)


def test_two_held_out_positives_of_a_user_are_refused() -> None:
    known, _, vectors = world(1)
    beside = hybrid.beside(known.binary, vectors)
    with pytest.raises(ValueError, match="more than one"):
        judged.places(
            lambda users: np.ones((len(users), 17)),
            known,
            known.binary,
            beside,
            [ONLY_FACTORS],
        )
