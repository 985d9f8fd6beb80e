"""How a setting is judged: which weights are the best for it, and by how many users."""

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from ops.tuning import space as tuning
from ops.tuning import trials
from recsys.dataset.training_inputs import Inputs, read_inputs
from recsys.program.errors import DataError
from recsys.ranking.weights import Weights
from tests.ops.tuning.worlds import ALS, BPR, changed
from tests.worlds import complains, one_blas_thread, popular_last, processed_shop


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
        else {"learning_rate": 0.05}
    )
    small = changed(
        present,
        factors=4,
        hybrid={"content": 0.0, "popularity": 99.0, "neighbours": 0.0},
        **light,
    )
    triples = [
        Weights(content=0, popularity=p, neighbours=0) for p in (0, popularity, 99)
    ]
    with one_blas_thread():
        found = trials.judged(small, on, triples, "ndcg_at_10")
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
