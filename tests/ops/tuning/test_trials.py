"""How a setting is judged: by the place of each held-out positive."""

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from ops.tuning import space as tuning
from ops.tuning import trials
from recsys.dataset.interactions import Interactions
from recsys.dataset.training_inputs import Inputs, read_inputs
from recsys.program.errors import DataError
from recsys.ranking import hybrid, metrics, top_k
from recsys.ranking.hybrid import Weights
from tests.ops.tuning.worlds import ALS, BPR, changed
from tests.worlds import complains, one_blas_thread, popular_last, processed_shop


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
    known = Interactions(
        binary * np.float32(5), binary, csr_matrix((kind == 2).astype(np.float32))
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
    pairs = [Weights(content=c, popularity=p) for c in (0, 0.3, 2) for p in (0, 0.7, 1)]
    for seed in range(5):
        known, held_out, vectors = world(seed)
        drawn = np.random.default_rng(seed).normal(size=(30, 17)).astype(np.float32)
        scores = np.round(drawn) if tied else drawn
        found = trials.places(
            lambda users, s=scores: s[users], known, held_out, vectors, pairs
        )
        for row, weights in zip(found, pairs, strict=True):
            full = hybrid.scorer(
                lambda users, s=scores: s[users], known.binary, vectors, weights
            )
            expected, _ = metrics.evaluate(full, known.seen, held_out, [10])
            for metric in trials.GAINS:
                assert trials.gains(row, metric).tolist() == expected[metric].tolist()


def test_a_held_out_item_that_was_seen_is_no_hit() -> None:
    known, held_out, vectors = world(0)
    clash = Interactions(known.confidence, known.binary, held_out)
    found = trials.places(
        lambda users: np.ones((len(users), 17)),
        clash,
        held_out,
        vectors,
        [Weights(content=0, popularity=0)],
    )
    assert (found == trials.DEEPEST).all()


def test_a_score_that_is_not_a_number_is_refused() -> None:
    known, held_out, vectors = world(0)
    with pytest.raises(ValueError, match="not a number"):
        trials.places(
            lambda users: np.full((len(users), 17), np.nan),
            known,
            held_out,
            vectors,
            [Weights(content=0, popularity=0)],
        )


def inputs_of(folder: Path, user_items: csr_matrix) -> Inputs:
    shop = processed_shop(folder, user_items)
    return read_inputs(shop.processed, shop.embeddings)


@pytest.mark.parametrize(("present", "popularity"), [(ALS, 50), (BPR, 0)])
def test_popularity_is_given_weight_where_the_factors_do_not_know_it(
    tmp_path: Path, present: tuning.ModelParams, popularity: float
) -> None:
    """All users take the most popular item next. The factors of bpr have a bias an item, those of
    als have none.
    """
    on = trials.fold(inputs_of(tmp_path, popular_last()), 100)
    light = (
        {"regularization": 0.6, "frequency_scaling": 0.5, "alpha": 7.5}
        if present is ALS
        else {}
    )
    small = changed(
        present, factors=4, hybrid={"content": 0.0, "popularity": 99.0}, **light
    )
    pairs = [Weights(content=0, popularity=p) for p in (0, popularity, 99)]
    with one_blas_thread():
        found = trials.judged(small, on, pairs, "ndcg_at_10")
    assert found.places.tolist() == found.given.tolist() == [0] * 20
    assert found.weights.popularity == popularity
    assert found.plain.any() == (present is ALS)
    assert (found.epochs is None) == (present is ALS)


def test_the_fold_is_judged_by_at_most_so_many_users_and_needs_one(
    tmp_path: Path,
) -> None:
    inputs = inputs_of(tmp_path / "some", popular_last())
    on = trials.fold(inputs, 7)
    assert (on.held_out.nnz, on.inputs.held_out.nnz, on.known.binary.nnz) == (7, 20, 60)
    with complains(DataError, "validation.parquet", "make repro"):
        trials.fold(
            inputs_of(tmp_path / "none", csr_matrix(np.eye(4, dtype=np.float32))), 7
        )
