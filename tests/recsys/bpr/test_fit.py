"""BPR learns who likes what; its negatives are what it says, its stop is where it should be, its
bytes are the same.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.sparse import csr_matrix

from bench.house.imports import ROOT
from recsys.bpr import fit as bpr
from recsys.bpr import kernel as bpr_kernel
from recsys.bpr.early_stopping import EarlyStopping, Stopper
from recsys.dataset.interactions import taken_out
from recsys.models.checkpoints import Checkpoints
from recsys.models.model import Trained
from recsys.program.errors import ConfigError, DataError
from tests.worlds import complains, even_odd

OTHER, POPULAR, DISLIKE = range(3)  # kinds of negatives
NO_SHARES = {"dislikes": 0.0, "popular": 0.0}
SETTINGS: dict[str, Any] = {
    "solver": "native",
    "factors": 4,
    "learning_rate": 0.1,
    "regularization": 0.001,
    "epochs": 200,
    "hard_negative_share": NO_SHARES,
    "early_stopping": {"check_every": 2, "patience": 3, "min_delta": 0.0},
    "seed": 1,
}


def params(**changes: Any) -> bpr.Params:
    return bpr.Params.model_validate({**SETTINGS, **changes})


def none_of(user_items: csr_matrix) -> csr_matrix:
    return csr_matrix(user_items.shape, dtype=np.float32)


def fit(
    user_items: csr_matrix, dislikes: csr_matrix | None = None, epochs: int = 200, **changes: Any
) -> Trained:
    return bpr.fit(
        user_items,
        none_of(user_items) if dislikes is None else dislikes,
        params(**changes),
        epochs=epochs,
    )


def of_cells(cells: np.ndarray) -> csr_matrix:
    return csr_matrix(cells.astype(np.float32))


def random_world(users: int = 300, items: int = 40, seed: int = 0) -> tuple[csr_matrix, csr_matrix]:
    """Positives, popular ones among them, and dislikes of the even users."""
    rng = np.random.default_rng(seed)
    cells = rng.random((users, items))
    popularity = 0.05 + 0.4 * np.arange(items) / items
    disliked = (cells > 0.9) & (np.arange(users)[:, None] % 2 == 0)
    return of_cells((cells < popularity) & ~disliked), of_cells(disliked)


def same(one: Trained, other: Trained) -> bool:
    parts = [
        (made.user_factors.tobytes(), made.item_factors.tobytes(), made.curve)
        for made in (one, other)
    ]
    return parts[0] == parts[1]


# ---- what is learned ----


@pytest.mark.parametrize("solver", ["native", "implicit"])
def test_even_users_like_even_items(solver: str) -> None:
    made = fit(even_odd(), solver=solver)
    scores = made.user_factors @ made.item_factors.T
    likes = np.add.outer(np.arange(12), np.arange(10)) % 2 == 0
    for user in range(12):
        assert scores[user][likes[user]].min() > scores[user][~likes[user]].max()
    assert [point["epoch"] for point in made.curve] == list(range(1, 201))
    assert made.curve[-1]["train_auc"] > 0.95
    assert all(0 <= point["train_auc"] <= 1 for point in made.curve)


def test_threads_learn_what_one_thread_learns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bpr, "FEW", 0)
    made = fit(even_odd(60, 40), epochs=60)
    scores = made.user_factors @ made.item_factors.T
    likes = np.add.outer(np.arange(60), np.arange(40)) % 2 == 0
    assert (
        min(
            scores[user][likes[user]].min() - scores[user][~likes[user]].max() for user in range(60)
        )
        > 0
    )


@pytest.mark.parametrize("solver", ["native", "implicit"])
def test_shapes_the_bias_is_the_last_column_and_the_same_bytes_for_the_same_seed(
    solver: str,
) -> None:
    first, second, other = (
        fit(even_odd(), epochs=5, solver=solver, seed=seed) for seed in (1, 1, 2)
    )
    assert (first.user_factors.shape, first.item_factors.shape) == ((12, 5), (10, 5))
    assert first.user_factors[:, -1].tolist() == [1] * 12
    assert first.user_factors.dtype == first.item_factors.dtype == np.float32
    assert same(first, second)
    assert not same(first, other)


def plain_steps(
    X: np.ndarray, Y: np.ndarray, triples: np.ndarray, rate: float, weight: float
) -> None:
    """Rendle et al. (2009), one step a triple; hard negatives are weighed, popular ones leave the
    biases.
    """
    for u, i, coded in triples:
        kind, j = divmod(coded, len(Y))
        x, liked, other = X[u].copy(), Y[i].copy(), Y[j].copy()
        step = (bpr.CORRECTED.step if kind else 1) / (1 + np.exp(x @ (liked - other)))
        X[u, :-1] += rate * (step * (liked - other) - weight * x)[:-1]
        Y[i] += rate * (step * x - weight * liked)
        Y[j] += rate * (-step * x - weight * other)
        if kind == POPULAR:
            Y[i, -1], Y[j, -1] = liked[-1], other[-1]


@pytest.mark.parametrize("few", [0, 10**9])
def test_the_kernel_steps_as_a_plain_loop_does(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bpr, "FEW", few)
    shares = {"dislikes": 0.3, "popular": 0.3}
    descent = bpr.Descent(
        *random_world(), params(hard_negative_share=shares, learning_rate=0.2), None
    )
    X, Y = descent.X.astype(np.float64), descent.Y.astype(np.float64)
    triples, begin = descent.triples(1)
    rate, weight = np.float32(0.2), np.float32(0.001)
    bpr_kernel.descend(
        descent.X,
        descent.Y,
        triples,
        begin,
        descent.lanes,
        np.uint64(7),
        rate,
        weight,
        np.float32(0.3),
        False,
    )
    plain_steps(X, Y, triples, 0.2, 0.001)  # the triples now stand in the order of the steps
    np.testing.assert_allclose(descent.X, X, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(descent.Y, Y, rtol=1e-3, atol=1e-5)
    assert np.abs(Y).max() > 0.1  # it did move


# ---- negatives ----


def drawn(
    dislikes: float, popular: float, epochs: int = 30
) -> tuple[csr_matrix, csr_matrix, np.ndarray]:
    """Positives, dislikes and all triples of some epochs of the random world."""
    world = random_world()
    shares = {"dislikes": dislikes, "popular": popular}
    descent = bpr.Descent(*world, params(hard_negative_share=shares), None)
    return *world, np.concatenate([descent.triples(epoch)[0] for epoch in range(epochs)])


def test_negatives_are_drawn_in_the_stated_shares() -> None:
    _, dislikes, triples = drawn(dislikes=0.25, popular=0.35)
    user, (kind, item) = triples[:, 0], np.divmod(triples[:, 2], 40)
    has_some = np.diff(dislikes.indptr)[user] > 0
    assert (kind == DISLIKE)[has_some].mean() == pytest.approx(0.25, abs=0.01)
    assert (kind == POPULAR).mean() == pytest.approx(0.35, abs=0.01)
    disliked = np.asarray(dislikes.toarray()[user, item] != 0)
    assert disliked[kind == DISLIKE].all()
    assert not disliked[kind == POPULAR].any()


def test_popular_negatives_follow_popularity_and_the_others_are_even() -> None:
    user_items, dislikes, triples = drawn(dislikes=0.0, popular=0.5, epochs=100)
    no_positive = user_items.toarray() == 0
    untouched = no_positive & (dislikes.toarray() == 0)
    weight = np.diff(user_items.indptr)[:, None]  # how often a user is visited
    counts = np.bincount(user_items.indices, minlength=40)
    for kind, possible, liking in ((POPULAR, untouched, counts), (OTHER, no_positive, np.ones(40))):
        expected = possible * liking
        share = (expected / expected.sum(axis=1, keepdims=True) * weight).sum(axis=0) / weight.sum()
        item = triples[triples[:, 2] // 40 == kind, 2] % 40
        found = np.bincount(item, minlength=40) / len(item)
        np.testing.assert_allclose(found, share, atol=0.004)


@pytest.mark.parametrize("few", [0, 10**9])
def test_every_positive_is_visited_once_and_is_never_a_negative(
    few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bpr, "FEW", few)
    user_items, _, triples = drawn(dislikes=0.3, popular=0.3, epochs=1)
    assert sorted(map(tuple, triples[:, :2])) == sorted(zip(*user_items.nonzero(), strict=True))
    assert not user_items.toarray()[triples[:, 0], triples[:, 2] % 40].any()


def test_cells_of_a_phase_share_neither_users_nor_items(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bpr, "FEW", 0)
    descent = bpr.Descent(
        *random_world(), params(hard_negative_share={"dislikes": 0.3, "popular": 0.3}), None
    )
    triples, begin = descent.triples(1)
    assert len(begin) - 1 == (2 * bpr.LANES - 1) * bpr.LANES**2
    for phase in range(0, len(begin) - 1, bpr.LANES):
        cells = [triples[begin[cell] : begin[cell + 1]] for cell in range(phase, phase + bpr.LANES)]
        for column in ([0], [1, 2]):
            sets = [
                set((cell[:, column] % (300 if column == [0] else 40)).ravel().tolist())
                for cell in cells
            ]
            assert sum(len(one) for one in sets) == len(set().union(*sets))


def test_a_disliked_item_ends_below_the_unseen_ones() -> None:
    """The later users like five of the last ten items each, all of these alike; the earlier ones
    dislike number 15.
    """
    user, item = np.indices((40, 20))
    likes = ((user + item) % 10 < 5) & ((user >= 20) | (item < 10))
    disliked = (user < 20) & (item == 15)
    for share, below in ((0.9, True), (0.0, False)):
        shares = {"dislikes": share, "popular": 0.0}
        made = fit(
            of_cells(likes), of_cells(disliked), hard_negative_share=shares, regularization=0.01
        )
        scores = (made.user_factors @ made.item_factors.T)[:20, 10:].mean(axis=0)
        assert (scores[5] < np.delete(scores, 5).min() - 0.3) == below


def test_corrected_popular_negatives_leave_popular_items_on_top() -> None:
    """Half of the users have taken the hit; for the others it is the best candidate, and what is
    drawn most.
    """
    likes = np.zeros((200, 30), dtype=bool)
    likes[np.arange(200), 1 + np.arange(200) % 29] = True
    likes[::2, 0] = True
    shares = {"dislikes": 0.0, "popular": 0.9}
    given = params(hard_negative_share=shares, regularization=0.01)
    for correction, above in ((bpr.CORRECTED, True), (bpr.UNCORRECTED, False)):
        made = bpr.fit(
            of_cells(likes), none_of(of_cells(likes)), given, epochs=30, correction=correction
        )
        scores = (made.user_factors @ made.item_factors.T)[1::2]
        assert (scores[:, 0].mean() > scores[:, 1:].mean() + 0.5) == above


# ---- early stopping ----


def looked_at(*good: bool, min_delta: float = 0.0) -> Stopper:
    """A stopper that saw, every second epoch, factors which put the held-out item first or last."""
    seen, held_out = csr_matrix((1, 30)), csr_matrix(([1.0], ([0], [0])), shape=(1, 30))
    stopper = Stopper(seen, held_out, EarlyStopping(check_every=2, patience=3, min_delta=min_delta))
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
    assert [point.get("valid_recall_at_10") for point in best.curve[:4]] == [None, 0, None, 1]


def test_a_gain_is_more_than_min_delta() -> None:
    assert looked_at(False, True, min_delta=0.9).epochs == 4
    assert looked_at(False, True, True, False, min_delta=0.99).without_gain == 2
    assert looked_at(True, False, True).epochs == 2


def held_out_of(user_items: csr_matrix) -> csr_matrix:
    """The last positive of every user with two."""
    users = np.flatnonzero(np.diff(user_items.indptr) > 1)
    items = user_items.indices[user_items.indptr[users + 1] - 1]
    return csr_matrix(
        (np.ones(len(users), dtype=np.float32), (users, items)), shape=user_items.shape
    )


@pytest.mark.parametrize("solver", ["native", "implicit"])
def test_the_search_fits_without_the_validation_positives_and_ends_at_its_best(solver: str) -> None:
    user_items, dislikes = random_world()
    held_out = held_out_of(user_items)
    given = params(solver=solver, epochs=80)
    found = bpr.search(user_items, dislikes, held_out, given)
    looks = {
        point["epoch"]: point["valid_recall_at_10"] for point in found.fold.curve if len(point) == 3
    }
    assert looks[found.epochs] == max(looks.values())
    assert len(found.fold.curve) == found.epochs + 2 * 3 < 80
    again = bpr.fit(taken_out(user_items, held_out), dislikes, given, epochs=found.epochs)
    assert again.user_factors.tobytes() == found.fold.user_factors.tobytes()
    assert again.item_factors.tobytes() == found.fold.item_factors.tobytes()


def test_without_validation_positives_it_is_all_epochs(caplog: pytest.LogCaptureFixture) -> None:
    user_items, dislikes = random_world()
    found = bpr.search(user_items, dislikes, none_of(user_items), params(epochs=5))
    assert (found.epochs, len(found.fold.curve)) == (5, 5)
    assert "no early stopping, all 5 epochs" in caplog.text


def test_curves_of_search_and_fit_are_joined_by_epoch() -> None:
    searched = [
        {"epoch": 1, "train_auc": 0.5},
        {"epoch": 2, "train_auc": 0.6, "valid_recall_at_10": 0.1},
    ]
    assert bpr.joined(searched, [{"epoch": 1, "train_auc": 0.7}]) == [
        {"epoch": 1, "fold_auc": 0.5, "train_auc": 0.7},
        {"epoch": 2, "fold_auc": 0.6, "valid_recall_at_10": 0.1},
    ]


# ---- the same bytes ----


def test_a_fit_that_broke_off_ends_with_the_same_bytes(tmp_path: Path) -> None:
    user_items, dislikes = random_world()
    given = params(hard_negative_share={"dislikes": 0.2, "popular": 0.2})

    def broken(epoch: int, _users: np.ndarray, _items: np.ndarray) -> None:
        if epoch == 6:
            raise KeyboardInterrupt

    kept = Checkpoints(tmp_path, "fit", every=2)
    with pytest.raises(KeyboardInterrupt):
        bpr.fit(user_items, dislikes, given, epochs=9, checkpoints=kept, after_epoch=broken)
    epochs: list[int] = []
    resumed = bpr.fit(
        user_items,
        dislikes,
        given,
        epochs=9,
        checkpoints=kept,
        after_epoch=lambda epoch, *_: epochs.append(epoch),
    )
    assert epochs == [5, 6, 7, 8, 9]
    assert same(resumed, bpr.fit(user_items, dislikes, given, epochs=9))


KILLED = """
import os, signal, sys
from pathlib import Path
from recsys.bpr import fit as bpr
from tests.recsys.bpr import test_fit as ours
def die(epoch, *_):
    if epoch == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
ours.searched(Path(sys.argv[1]), die)
"""


def searched(folder: Path | None, after_epoch: Any = None) -> bpr.Searched:
    user_items, dislikes = random_world()
    kept = Checkpoints(folder, "search", every=3) if folder else None
    given = params(epochs=80)
    return bpr.search(
        user_items,
        dislikes,
        held_out_of(user_items),
        given,
        checkpoints=kept,
        after_epoch=after_epoch,
    )


def test_a_killed_search_ends_with_the_same_bytes(tmp_path: Path) -> None:
    whole = searched(None)
    last = len(whole.fold.curve)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, tmp_path, str(last - 1)], cwd=ROOT, check=False
    )
    assert done.returncode == -signal.SIGKILL
    epochs: list[int] = []
    resumed = searched(tmp_path, lambda epoch, *_: epochs.append(epoch))
    assert 0 < len(epochs) <= 4
    assert resumed.epochs == whole.epochs
    assert same(resumed.fold, whole.fold)


THREADS = """
import hashlib, numba, numpy as np
from recsys.bpr import fit as bpr
from tests.recsys.bpr import test_fit as ours
world = ours.random_world(4000, 120)
assert world[0].nnz > bpr.FEW
given = ours.params(factors=16, hard_negative_share={"dislikes": 0.2, "popular": 0.2})
for threads in (1, 2):
    numba.set_num_threads(threads)
    made = bpr.fit(*world, given, epochs=2)
    print(hashlib.sha256(made.user_factors.tobytes() + made.item_factors.tobytes()).hexdigest())
"""


def test_one_and_two_threads_give_the_same_bytes() -> None:
    env = {**os.environ, "NUMBA_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-c", THREADS],
        cwd=ROOT,
        env=env,
        check=True,
        capture_output=True,
        text=True,
    )
    one, two = done.stdout.split()
    assert one == two


# ---- edges ----


def test_it_begins_at_given_factors_and_leaves_them_as_they_are() -> None:
    first = fit(even_odd(), epochs=20)
    kept = first.user_factors.copy()
    start = (first.user_factors, first.item_factors)
    more = bpr.fit(even_odd(), none_of(even_odd()), params(), epochs=1, start=start)
    assert more.curve[0]["train_auc"] > 0.9
    assert (first.user_factors == kept).all()
    with pytest.raises(ValueError, match="do not fit a matrix of"):
        bpr.fit(even_odd(14), none_of(even_odd(14)), params(), epochs=1, start=start)


def test_a_user_who_likes_everything_teaches_nothing() -> None:
    likes = np.array([[1, 1, 1], [1, 0, 0]], dtype=bool)
    triples, _ = bpr.Descent(of_cells(likes), none_of(of_cells(likes)), params(), None).triples(1)
    assert triples[:, :2].tolist() == [[1, 0]]


@pytest.mark.parametrize("shape", [(1, 1), (3, 1), (1, 3), (2, 2)])
@pytest.mark.parametrize("few", [0, 10**9])
def test_the_smallest_shops_are_fitted(
    shape: tuple[int, int], few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bpr, "FEW", few)
    likes = np.zeros(shape, dtype=bool)
    likes[0, 0] = True
    made = fit(of_cells(likes), epochs=3, hard_negative_share={"dislikes": 0.3, "popular": 0.3})
    assert np.isfinite(made.user_factors).all()
    assert np.isfinite(made.item_factors).all()
    assert not made.user_factors[1:, :-1].any()  # who has no positive


def test_unsorted_rows_doubled_entries_and_a_positive_among_the_dislikes_change_nothing() -> None:
    user_items, dislikes = random_world()
    cells = user_items.tocoo()
    order = np.random.default_rng(1).permutation(np.repeat(np.arange(user_items.nnz), 2))
    rows = np.argsort(cells.row[order], kind="stable")
    indptr = 2 * user_items.indptr
    shuffled = csr_matrix(
        (np.full(len(order), 3.0), cells.col[order][rows], indptr), user_items.shape
    )
    mixed = (dislikes + user_items).tocsr()
    given = params(hard_negative_share={"dislikes": 0.3, "popular": 0.0})
    made = [bpr.fit(a, b, given, epochs=2) for a, b in ((user_items, dislikes), (shuffled, mixed))]
    assert same(*made)


@pytest.mark.parametrize("solver", ["native", "implicit"])
def test_factors_that_grow_beyond_bounds_name_the_learning_rate(solver: str) -> None:
    with complains(
        ConfigError,
        "train_bpr.learning_rate",
        "beyond bounds at 100",
        "regularization 1;",
        "lower it",
    ):
        fit(even_odd(), epochs=60, solver=solver, learning_rate=100.0, regularization=1.0)


@pytest.mark.parametrize("rate", [3.0, 100.0])
def test_a_watched_fit_of_implicit_ends_with_the_same_message(rate: float) -> None:
    """The fold would be ranked by scores that are no numbers."""
    wild = params(solver="implicit", learning_rate=rate, regularization=1.0, epochs=60)
    user_items = even_odd()
    held_out = csr_matrix(
        (np.ones(12), (range(12), [8, 9] * 6)), shape=user_items.shape, dtype=np.float32
    )
    with complains(ConfigError, "train_bpr.learning_rate", "beyond bounds"):
        bpr.search(user_items, none_of(user_items), held_out, wild)


def test_no_positive_at_all_is_refused() -> None:
    with complains(DataError, "no training positives", "process.positive_threshold"):
        fit(none_of(even_odd()))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"hard_negative_share": {"dislikes": 0.6, "popular": 0.5}}, "together at most 1"),
        ({"hard_negative_share": {"dislikes": -0.1, "popular": 0.5}}, "greater than or equal to 0"),
        ({"hard_negative_share": 0.3}, "valid dictionary"),
        (
            {"solver": "implicit", "hard_negative_share": {"dislikes": 0.1, "popular": 0.0}},
            "no hard negatives",
        ),
        (
            {"early_stopping": {"check_every": 0, "patience": 1, "min_delta": 0.0}},
            "greater than or equal to 1",
        ),
        ({"solver": "lightfm"}, "'native' or 'implicit'"),
        ({"epochs": 0}, "greater than or equal to 1"),
    ],
)
def test_wrong_params_are_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        params(**changes)
