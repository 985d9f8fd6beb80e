"""Negatives are what the docstring says, and a correction keeps popular items on top."""

from typing import NamedTuple

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bench.models.negatives import Uncorrected
from recsys.bpr import descent
from recsys.bpr import fit as bpr
from recsys.bpr.descent import Descent, on_lines
from recsys.bpr.kernel import DISLIKE, OTHER, POPULAR
from tests.recsys.bpr.worlds import fit, none_of, of_cells, params, random_world, same
from tests.worlds import even_odd


def test_threads_learn_what_one_thread_learns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descent, "FEW", 0)
    made = fit(even_odd(60, 40), epochs=60)
    scores = made.user_factors @ made.item_factors.T
    likes = np.add.outer(np.arange(60), np.arange(40)) % 2 == 0
    assert (
        min(
            scores[user][likes[user]].min() - scores[user][~likes[user]].max()
            for user in range(60)
        )
        > 0
    )


class Drawn(NamedTuple):
    """A world, and the triples of some epochs."""

    user_items: csr_matrix
    dislikes: csr_matrix
    user: np.ndarray
    positive: np.ndarray
    negative: np.ndarray
    kind: np.ndarray


def drawn(dislikes: float, popular: float, epochs: int = 30) -> Drawn:
    """The random world, and all triples of some epochs of it."""
    world = random_world()
    shares = {"dislikes": dislikes, "popular": popular}
    steps = Descent(*world, params(hard_negative_share=shares), None)
    visited = [steps.triples(epoch) for epoch in range(epochs)]
    rows = np.concatenate([triples.rows for triples in visited])
    return Drawn(
        *world, *rows.T, np.concatenate([triples.kinds for triples in visited])
    )


def test_negatives_are_drawn_in_the_stated_shares() -> None:
    _, dislikes, user, _, item, kind = drawn(dislikes=0.25, popular=0.35)
    has_some = np.diff(dislikes.indptr)[user] > 0
    assert (kind == DISLIKE)[has_some].mean() == pytest.approx(0.25, abs=0.01)
    assert (kind == POPULAR).mean() == pytest.approx(0.35, abs=0.01)
    disliked = np.asarray(dislikes.toarray()[user, item] != 0)
    assert disliked[kind == DISLIKE].all()
    assert not disliked[kind == POPULAR].any()


def test_popular_negatives_follow_popularity_and_the_others_are_even() -> None:
    user_items, dislikes, _, _, negative, kinds = drawn(
        dislikes=0.0, popular=0.5, epochs=100
    )
    no_positive = user_items.toarray() == 0
    untouched = no_positive & (dislikes.toarray() == 0)
    weight = np.diff(user_items.indptr)[:, None]  # how often a user is visited
    counts = np.bincount(user_items.indices, minlength=40)
    for kind, possible, liking in (
        (POPULAR, untouched, counts),
        (OTHER, no_positive, np.ones(40)),
    ):
        expected = possible * liking
        share = (expected / expected.sum(axis=1, keepdims=True) * weight).sum(
            axis=0
        ) / weight.sum()
        item = negative[kinds == kind]
        found = np.bincount(item, minlength=40) / len(item)
        np.testing.assert_allclose(found, share, atol=0.004)


@pytest.mark.parametrize("few", [0, 10**9])
def test_every_positive_is_visited_once_and_is_never_a_negative(
    few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(descent, "FEW", few)
    user_items, _, user, positive, negative, _ = drawn(
        dislikes=0.3, popular=0.3, epochs=1
    )
    visited = sorted(zip(user, positive, strict=True))
    assert visited == sorted(zip(*user_items.nonzero(), strict=True))
    assert not user_items.toarray()[user, negative].any()


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
            of_cells(likes),
            of_cells(disliked),
            hard_negative_share=shares,
            regularization=0.01,
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
    for kind_of_descent, above in ((Descent, True), (Uncorrected, False)):
        steps = kind_of_descent(of_cells(likes), none_of(of_cells(likes)), given)
        for epoch in range(1, 31):
            steps.epoch(epoch)
        scores = (steps.X @ steps.Y.T)[1::2]
        assert (scores[:, 0].mean() > scores[:, 1:].mean() + 0.5) == above


def test_a_user_who_likes_everything_teaches_nothing() -> None:
    likes = np.array([[1, 1, 1], [1, 0, 0]], dtype=bool)
    triples = Descent(
        of_cells(likes), none_of(of_cells(likes)), params(), None
    ).triples(1)
    assert triples.rows[:, :2].tolist() == [[1, 0]]


@pytest.mark.parametrize("shape", [(1, 1), (3, 1), (1, 3), (2, 2)])
@pytest.mark.parametrize("few", [0, 10**9])
def test_the_smallest_shops_are_fitted(
    shape: tuple[int, int], few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(descent, "FEW", few)
    likes = np.zeros(shape, dtype=bool)
    likes[0, 0] = True
    made = fit(
        of_cells(likes), epochs=3, hard_negative_share={"dislikes": 0.3, "popular": 0.3}
    )
    assert np.isfinite(made.user_factors).all()
    assert np.isfinite(made.item_factors).all()
    assert not made.user_factors[1:, :-1].any()  # who has no positive


def test_unsorted_rows_doubled_entries_and_a_positive_among_the_dislikes_change_nothing() -> (
    None
):
    user_items, dislikes = random_world()
    cells = user_items.tocoo()
    order = np.random.default_rng(1).permutation(
        np.repeat(np.arange(user_items.nnz), 2)
    )
    rows = np.argsort(cells.row[order], kind="stable")
    indptr = 2 * user_items.indptr
    shuffled = csr_matrix(
        (np.full(len(order), 3.0), cells.col[order][rows], indptr), user_items.shape
    )
    mixed = (dislikes + user_items).tocsr()
    given = params(hard_negative_share={"dislikes": 0.3, "popular": 0.0})
    made = [
        bpr.fit(a, b, given, epochs=2)
        for a, b in ((user_items, dislikes), (shuffled, mixed))
    ]
    assert same(*made)


def test_the_rate_stands_and_then_falls_in_a_line() -> None:
    given = params(learning_rate=0.5, decay_share=0.4)
    rates = [descent.rate(epoch, 10, given) for epoch in range(1, 11)]
    assert rates == pytest.approx([0.5] * 7 + [0.375, 0.25, 0.125])
    assert descent.rate(10, 10, params(learning_rate=0.5, decay_share=0.0)) == 0.5


@pytest.mark.parametrize("width", [1, 16, 17, 129])
def test_each_row_has_cache_lines_of_its_own(width: int) -> None:
    """Two threads that step in neighbours took twice the time of one, or not, by where they lay."""
    rows = np.random.default_rng(0).normal(size=(5, width)).astype(np.float32)
    apart = on_lines(rows)
    assert np.array_equal(apart[:, :width], rows)
    assert not apart[:, width:].any()
    assert apart.ctypes.data % 64 == 0 and apart.strides[0] % 64 == 0
    assert apart.flags.c_contiguous


def test_factors_that_are_put_back_are_those_that_go_on() -> None:
    steps = Descent(*random_world(), params(), None)
    rows = np.ones_like(steps.Y)
    steps.go_on(steps.X, rows)
    assert (rows == steps.Y).all()
    steps.epoch(1)
    assert (rows != steps.Y).any()
    assert steps.Y.shape == rows.shape
