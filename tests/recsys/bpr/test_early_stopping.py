"""A fit ends where the validation fold gains no more, with its best factors."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.bpr.early_stopping import Stopper, Watch
from recsys.bpr.params import EarlyStopping


def looked_at(*good: bool, min_delta: float = 0.0) -> Stopper:
    """A stopper that saw, every second epoch, factors which put the held-out item first or last."""
    seen, held_out = csr_matrix((1, 30)), csr_matrix(([1.0], ([0], [0])), shape=(1, 30))
    stopper = Stopper(
        seen, held_out, EarlyStopping(check_every=2, patience=3, min_delta=min_delta)
    )
    for look, one in enumerate(good):
        items = np.linspace(0, 1, 30, dtype=np.float32)[:, None] + look
        items[0] = 99 if one else -99
        for epoch in (2 * look + 1, 2 * look + 2):
            stopper(epoch, {}, np.ones((1, 1), dtype=np.float32), items)
    return stopper


def test_it_stops_after_patience_looks_without_a_gain_and_restores_the_best() -> None:
    assert not looked_at(False, True, False, False).ended
    stopper = looked_at(False, True, False, False, True)
    assert stopper.ended  # as good as the best is no gain
    assert (stopper.best, stopper.epochs) == (1.0, 4)
    best = stopper.outcome(np.zeros((1, 1)), np.zeros((30, 1)))
    assert best.item_factors[1] == pytest.approx(1 / 29 + 1)
    assert [point.get("valid_recall_at_10") for point in best.curve[:4]] == [
        None,
        0,
        None,
        1,
    ]


def test_a_gain_is_more_than_min_delta() -> None:
    assert looked_at(False, True, min_delta=0.9).epochs == 4
    assert looked_at(False, True, True, False, min_delta=0.99).without_gain == 2
    assert looked_at(True, False, True).epochs == 2


def test_a_watch_goes_on_from_its_state_with_the_points_that_it_had() -> None:
    stopper = looked_at(False, True, False)
    other = looked_at()
    other.restore(stopper.state())
    assert other.curve == stopper.curve
    assert {type(point["epoch"]) for point in other.curve} == {int}
    assert (other.best, other.epochs, other.without_gain) == (1.0, 4, 1)
    assert np.array_equal(other.best_factors[1], stopper.best_factors[1])


def test_a_watch_that_only_watches_never_ends_a_fit() -> None:
    watch = Watch()
    assert not any(
        watch(n, {"train_auc": 0.0}, np.ones(1), np.ones(1)) for n in range(1, 99)
    )
    assert len(watch.curve) == 98
