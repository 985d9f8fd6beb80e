"""A verdict on rows of cold items that noise does not pass."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.dataset.interactions import Interactions
from recsys.dataset.sparse import columns_kept
from recsys.models.cold_items import drawn_to
from recsys.models.cold_verdict import PLAIN, Comparison, Verdict
from recsys.models.hidden_items import Hidden
from recsys.models.ridge_map import rows_from_texts
from recsys.ranking.metrics import ScorersInTurn
from recsys.ranking.top_k import Scorer
from tests.recsys.models.texts import texts

USERS, ITEMS, COLD = 200, 80, 20


class Fold:
    """Users who take the item that suits them; the last COLD items have rows of zeros until they
    are predicted.
    """

    def __init__(self, seed: int, informative: bool = True) -> None:
        rng = np.random.default_rng(seed)
        self.vectors = texts(ITEMS, 16, seed)
        true = (
            self.vectors @ rng.normal(size=(16, 6))
            if informative
            else rng.normal(size=(ITEMS, 6))
        )
        self.users = rng.normal(size=(USERS, 6)).astype(np.float32)
        taken = np.argmax(self.users @ true.T + rng.gumbel(size=(USERS, ITEMS)), axis=1)
        ones = np.ones(USERS, np.float32)
        self.held_out = csr_matrix(
            (ones, (np.arange(USERS), taken)), shape=(USERS, ITEMS)
        )
        self.cold = np.arange(ITEMS) >= ITEMS - COLD
        self.counts = np.where(self.cold, 0, 9)
        self.own = np.where(self.cold[:, None], 0, true).astype(np.float32)
        self.seed = seed

    def score_with(self, rows: np.ndarray) -> Scorer:
        return lambda users: self.users[users] @ rows.T

    def predicted(self) -> np.ndarray:
        return drawn_to(
            rows_from_texts(self.vectors, self.own, self.counts, False),
            self.own,
            self.counts,
            5,
        )

    def judge(
        self,
        rows: np.ndarray,
        own: np.ndarray | None = None,
        warm: csr_matrix | None = None,
    ) -> Verdict:
        nothing = csr_matrix((USERS, ITEMS), dtype=np.float32)
        left = Interactions(nothing, nothing, nothing)
        hidden = Hidden(left, self.cold, columns_kept(self.held_out, self.cold))
        with_rows = self.score_with(rows)
        without = self.score_with(self.own if own is None else own)
        held_out = self.held_out if warm is None else warm
        return judged(without, with_rows, self.cold, hidden, held_out)


def judged(
    without: Scorer,
    with_rows: Scorer,
    items: np.ndarray,
    hidden: Hidden,
    held_out: csr_matrix,
) -> Verdict:
    """The verdict on the rows of one class of items."""
    scorers = {PLAIN: without, "cold": with_rows}

    def scores_of(names: Sequence[str]) -> ScorersInTurn:
        return lambda users: [(name, scorers[name](users)) for name in names]

    compared = Comparison({"cold": items}, scores_of, hidden, held_out, seed=1)
    return compared.verdict("cold")


def test_texts_that_tell_something_are_used() -> None:
    fold = Fold(1)
    found = fold.judge(fold.predicted())
    assert found.used
    assert (found.items, found.cold_users) == (
        COLD,
        fold.held_out[:, -COLD:].nnz,
    )
    assert found.cold_recall_at_10 > found.cold_recall_at_10_without + 0.1
    assert found.sentence().startswith("used: ")


def test_noise_in_place_of_rows_that_say_something_is_switched_off() -> None:
    for seed in range(20):
        fold = Fold(seed)
        noise = np.random.default_rng(seed + 1000).normal(size=fold.own.shape)
        rows = np.where(fold.cold[:, None], noise, fold.own).astype(np.float32)
        assert not fold.judge(rows, own=fold.predicted()).used


def test_the_figures_are_those_of_a_plain_count() -> None:
    fold = Fold(3)
    rows = fold.predicted()
    hits = {"with": 0, "without": 0}
    targets = 0
    for user in range(USERS):
        item = int(fold.held_out[user].indices[0])
        if not fold.cold[item]:
            continue
        targets += 1
        for name, used in (("with", rows), ("without", fold.own)):
            scores = (used @ fold.users[user]).tolist()
            order = sorted(range(ITEMS), key=lambda one: (-scores[one], one))
            hits[name] += item in order[:10]
    found = fold.judge(rows)
    assert found.cold_users == targets
    assert found.cold_recall_at_10 == pytest.approx(hits["with"] / targets)
    assert found.cold_recall_at_10_without == pytest.approx(hits["without"] / targets)


def test_what_is_gained_on_hidden_items_does_not_pay_for_what_is_lost_on_the_others() -> (
    None
):
    """Rows that find each hidden item, and push other cold items above what users take: the fold
    has a fifth of hidden items, so that its mean would be as good as before.
    """
    hidden = np.arange(12) == 11
    known = csr_matrix((10, 12), dtype=np.float32)
    taken = np.repeat([11, 0], 5)
    fold = csr_matrix((np.ones(10, np.float32), (np.arange(10), taken)), (10, 12))
    left = Interactions(known, known, known)
    plain, cold = np.arange(12, 0, -1.0), np.arange(12) >= 1

    def scorer(values: np.ndarray) -> Scorer:
        return lambda users: np.tile(values.astype(np.float32), (len(users), 1))

    better_for_hidden = np.where(cold, plain + 20, plain)
    better_for_hidden[11] = 99
    of_hidden = Hidden(left, hidden, columns_kept(fold, hidden))
    found = judged(scorer(plain), scorer(better_for_hidden), cold, of_hidden, fold)
    assert found.cold_recall_at_10 > found.cold_recall_at_10_without
    assert found.ndcg_at_10_change < 0
    assert found.ndcg_at_10_change_high < 0
    assert not found.used


def test_hidden_items_take_no_place_in_the_lists_of_the_fold() -> None:
    """There are many more of them than there would be cold ones."""
    hidden = np.arange(30) >= 10
    nothing = csr_matrix((4, 30), dtype=np.float32)
    fold = csr_matrix((np.ones(4, np.float32), (np.arange(4), np.full(4, 5))), (4, 30))
    left = Interactions(nothing, nothing, nothing)
    plain = np.where(hidden, 0, 40 - np.arange(30)).astype(np.float32)
    above = np.where(hidden, 99, plain).astype(np.float32)
    found = judged(
        lambda users: np.tile(plain, (len(users), 1)),
        lambda users: np.tile(above, (len(users), 1)),
        hidden,
        Hidden(left, hidden, nothing),
        fold,
    )
    assert found.ndcg_at_10_change == 0


def test_the_same_rows_are_no_help() -> None:
    fold = Fold(4)
    found = fold.judge(fold.own)
    assert not found.used
    assert (
        found.ndcg_at_10_change,
        found.ndcg_at_10_change_high,
        found.cold_recall_at_10_change_low,
    ) == (0, 0, 0)
    assert found.sentence().startswith("switched off: ")


def test_what_is_found_among_the_cold_ones_and_buried_in_the_list_is_switched_off() -> (
    None
):
    """Rows that say what suits whom, so short that every other item stands before."""
    fold = Fold(1)
    rows = np.where(fold.cold[:, None], fold.predicted() * 1e-3, fold.own)
    away = np.where(fold.cold[:, None], 0, 1).astype(np.float32)
    rows = np.hstack([rows, 99 * away]).astype(np.float32)
    own = np.hstack([fold.own, 99 * away]).astype(np.float32)
    fold.users = np.hstack([fold.users, np.ones((USERS, 1), np.float32)])
    found = fold.judge(rows, own=own)
    assert found.cold_recall_at_10 == found.cold_recall_at_10_without == 0
    assert not found.used


def test_what_helps_cold_items_and_spoils_the_rest_is_switched_off() -> None:
    fold = Fold(5)
    spoilt = fold.predicted()
    spoilt[: ITEMS - COLD] *= -1
    found = fold.judge(spoilt)
    assert found.cold_recall_at_10_change_low > 0
    assert found.ndcg_at_10_change_high < 0
    assert not found.used


def test_without_anybody_who_took_a_hidden_item_it_is_switched_off() -> None:
    fold = Fold(6)
    fold.held_out = columns_kept(fold.held_out, ~fold.cold)
    empty = csr_matrix(fold.held_out.shape, dtype=np.float32)
    for found in (
        fold.judge(fold.predicted()),
        fold.judge(fold.predicted(), warm=empty),
    ):
        assert not found.used
        assert (
            found.cold_users,
            found.cold_recall_at_10,
            found.cold_recall_at_10_without,
        ) == (
            0,
            0,
            0,
        )


def test_a_verdict_is_the_same_twice_and_goes_into_json() -> None:
    fold = Fold(7)
    one, other = (fold.judge(fold.predicted()).as_note() for _ in range(2))
    assert one == other
    assert {type(value) for value in one.model_dump().values()} <= {bool, int, float}
    assert one.used is True
