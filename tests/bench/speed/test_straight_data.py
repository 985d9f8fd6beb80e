"""What the straight script reads and splits is what the pipeline does, but for its simpler rules of
what is one review, and which of several at one time is the latest: they move a row in a hundred.
"""

from pathlib import Path

import numpy as np
import pytest

from bench.models.prepared import SAMPLE, Prepared, prepared
from bench.speed import straight_data

MOVED = 0.02  # share of rows


@pytest.fixture(scope="module")
def both(request) -> tuple[straight_data.Data, Prepared]:
    with prepared(SAMPLE, Path("params.yaml")) as shop:
        return straight_data.load(SAMPLE), shop


def test_the_same_users_are_measured_on_the_same_items(both) -> None:
    data, shop = both
    theirs = np.bincount(shop.test.tocoo().col, minlength=shop.test.shape[1])
    users = data.test >= 0
    ours = np.bincount(data.test[users], minlength=data.known.shape[1])
    assert np.abs(ours - theirs).sum() <= 2 * MOVED * shop.test.nnz
    assert np.count_nonzero(users) == pytest.approx(shop.test.nnz, rel=MOVED)


def test_the_positives_and_what_is_seen_are_nearly_the_same(both) -> None:
    data, shop = both
    known = shop.inputs.known
    assert data.known.shape[1] == known.binary.shape[1]
    assert data.known.shape[0] == pytest.approx(known.binary.shape[0], rel=MOVED)
    for ours, theirs in ((data.known, known.binary), (data.seen, known.seen)):
        counts = [
            np.bincount(matrix.indices, minlength=matrix.shape[1])
            for matrix in (ours, theirs)
        ]
        assert np.abs(counts[0] - counts[1]).sum() <= MOVED * theirs.nnz


def test_the_validation_fold_is_as_large_and_is_not_seen(both) -> None:
    data, shop = both
    users = np.flatnonzero(data.validation >= 0)
    assert len(users) == pytest.approx(shop.inputs.held_out.nnz, rel=MOVED)
    assert data.fold.nnz == data.known.nnz - len(users)
    assert not data.seen_of_fold[users, data.validation[users]].any()


def test_every_item_has_its_text(both) -> None:
    data, _ = both
    assert len(data.texts) == data.known.shape[1]
    assert sum(len(text) > 20 for text in data.texts) > 0.9 * len(data.texts)
