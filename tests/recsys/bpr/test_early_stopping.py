"""A fit ends where the validation fold gains no more; luck does not decide with which factors."""

import numpy as np
from scipy.sparse import csr_matrix

from recsys.bpr.early_stopping import Stopper, Watch
from recsys.bpr.params import EarlyStopping

USERS, ITEMS, EVERY = 8, 30, 2
RULES = {"check_every": EVERY, "patience": 3, "min_delta": 0.0}


def looked_at(*found: int, last: int = 99, **rules: float) -> Stopper:
    """A stopper that saw, every second epoch, factors which find the positives of so many of
    USERS users.
    """
    held_out = csr_matrix(np.eye(USERS, ITEMS, dtype=np.float32))
    stopper = Stopper(
        csr_matrix((USERS, ITEMS)),
        held_out,
        EarlyStopping.model_validate(RULES | rules),
        last,
    )
    for look, hits in enumerate(found):
        items = np.eye(ITEMS, USERS, dtype=np.float32) + look
        items[hits:USERS] -= 2 * np.eye(USERS, dtype=np.float32)[hits:]
        for epoch in (EVERY * look + 1, EVERY * (look + 1)):
            stopper(epoch, {}, np.eye(USERS, dtype=np.float32), items)
    return stopper


def outcome(stopper: Stopper) -> float:
    """What stands in the corner of the item factors of the fit, had it ended with -7 there."""
    ended = stopper.outcome(np.zeros((USERS, USERS)), np.full((ITEMS, USERS), -7.0))
    return float(ended.item_factors[-1, -1])


def test_it_stops_after_patience_looks_without_a_gain() -> None:
    assert not looked_at(0, 8, 0, 0).ended
    stopper = looked_at(0, 8, 0, 0, 8)
    assert stopper.ended  # as good as the best is no gain
    assert (stopper.best.recall, stopper.best.epoch) == (1.0, 4)
    curve = stopper.outcome(np.zeros((1, 1)), np.zeros((1, 1))).curve
    assert [point.get("valid_recall_at_10") for point in curve[:4]] == [
        None,
        0,
        None,
        1,
    ]


def test_the_best_look_is_taken_only_where_it_is_ahead_beyond_chance() -> None:
    lucky = looked_at(4, 5, 4)  # one user of eight: a difference of one standard error
    assert (lucky.best.epoch, lucky.taken.epoch, outcome(lucky)) == (4, 6, -7)
    overfitted = looked_at(0, 8, 2)
    assert (overfitted.taken.epoch, outcome(overfitted)) == (4, 1)


def test_a_gain_is_more_than_min_delta() -> None:
    assert looked_at(0, 8, min_delta=0.9).best.epoch == 4
    assert looked_at(0, 8, 8, 0, min_delta=0.99).without_gain == 2
    assert looked_at(8, 0, 8).best.epoch == 2


def test_the_last_epoch_is_looked_at_in_any_case() -> None:
    stopper = looked_at(3, 4, last=3)
    assert [point.get("valid_recall_at_10") for point in stopper.curve] == [
        None,
        0.375,
        0.5,
        0.5,
    ]


def test_a_watch_goes_on_from_its_state_with_the_points_that_it_had() -> None:
    stopper = looked_at(0, 8, 2)
    other = looked_at()
    other.restore(stopper.state())
    assert other.curve == stopper.curve
    assert {type(point["epoch"]) for point in other.curve} == {int}
    assert (other.best.epoch, other.latest.epoch, other.without_gain) == (4, 6, 1)
    assert other.taken.epoch == stopper.taken.epoch == 4
    assert np.array_equal(other.best.items, stopper.best.items)


def test_a_watch_that_only_watches_never_ends_a_fit() -> None:
    watch = Watch()
    assert not any(
        watch(n, {"train_auc": 0.0}, np.ones(1), np.ones(1)) for n in range(1, 99)
    )
    assert len(watch.curve) == 98
