"""Rows of cold items: the ridge map beside scikit-learn's, and a verdict that noise does not pass."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import Ridge, RidgeCV

from recsys.dataset.interactions import Interactions, columns_kept
from recsys.models.cold_items import Verdict, hide, verdict
from recsys.models.ridge_map import RIDGES, joined, mapped, ridge_map
from recsys.ranking.top_k import Scorer


def texts(items: int, width: int, seed: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(items, width)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def factors_of(vectors: np.ndarray, noise: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    W = rng.normal(size=(vectors.shape[1], 4))
    return (vectors @ W + 3 + noise * rng.normal(size=(len(vectors), 4))).astype(np.float32)


def chosen(vectors: np.ndarray, factors: np.ndarray) -> float | None:
    """The ridge with the smallest error over all fits that leave one item out, each made; None if
    the mean has it.
    """
    errors = dict.fromkeys([None, *RIDGES.tolist()], 0.0)
    for item in range(len(vectors)):
        rest = np.arange(len(vectors)) != item
        for ridge in errors:
            model = Ridge(alpha=1e12 if ridge is None else ridge, solver="cholesky").fit(
                vectors[rest], factors[rest]
            )
            errors[ridge] += float(
                ((model.predict(vectors[item : item + 1]) - factors[item]) ** 2).sum()
            )
    return min(errors, key=errors.__getitem__)


@pytest.mark.parametrize(("items", "width", "noise"), [(12, 3, 0.1), (12, 3, 1.0), (8, 12, 0.3)])
def test_the_map_is_scikit_learns_ridge_with_the_least_leave_one_out_error(
    items: int, width: int, noise: float
) -> None:
    vectors = texts(items, width, 1).astype(np.float64)
    factors = factors_of(vectors, noise, 2).astype(np.float64)
    best = chosen(vectors, factors)
    assert best is not None
    model = Ridge(alpha=best, solver="cholesky").fit(vectors, factors)
    W = ridge_map(vectors, factors)
    assert W is not None
    assert W.shape == (width + 1, 4)
    assert W[:-1] == pytest.approx(model.coef_.T, abs=1e-8)
    assert W[-1] == pytest.approx(model.intercept_, abs=1e-8)
    assert RidgeCV(alphas=RIDGES).fit(vectors, factors).alpha_ == pytest.approx(best)


def test_where_the_mean_of_the_others_is_as_good_there_is_no_map() -> None:
    vectors = texts(10, 2, 1).astype(np.float64)
    factors = np.random.default_rng(3).normal(size=(10, 4))
    assert chosen(vectors, factors) is None
    assert ridge_map(vectors, factors) is None
    assert ridge_map(np.repeat(texts(1, 5, 0), 4, axis=0), factors[:4]) is None


def test_one_map_for_many_items_is_ridge_cv() -> None:
    vectors = texts(400, 30, 3)
    factors = factors_of(vectors, 0.5, 4)
    model = RidgeCV(alphas=RIDGES).fit(vectors.astype(np.float64), factors.astype(np.float64))
    W = ridge_map(vectors, factors)
    assert W is not None
    assert vectors @ W[:-1] + W[-1] == pytest.approx(
        model.predict(vectors.astype(np.float64)), abs=1e-4
    )


@pytest.mark.parametrize("bias", [False, True])
def test_a_predicted_row_has_the_direction_of_the_map_the_mean_length_and_the_mean_bias(
    bias: bool,
) -> None:
    vectors = texts(20, 3, 5)
    factors = factors_of(vectors, 0.3, 6)
    counts = np.where(np.arange(20) < 15, 1, 0)
    W = ridge_map(vectors[:15], factors[:15])
    assert W is not None
    rows = [vector @ W[:-1] + W[-1] for vector in vectors]
    taste = [row[:-1] if bias else row for row in rows]
    lengths = [np.sqrt(sum(one**2 for one in row)) for row in taste]
    made = mapped(vectors, factors, counts, bias)
    assert made.dtype == np.float32
    for item in range(20):
        expected = list(taste[item] / lengths[item] * (sum(lengths) / 20))
        expected += [sum(row[-1] for row in rows) / 20] * bias
        assert made[item] == pytest.approx(np.array(expected), rel=1e-5)


def test_cold_items_get_the_direction_that_warm_ones_teach() -> None:
    vectors = texts(60, 3, 5)
    true = factors_of(vectors, 0.0, 6)
    counts = np.where(np.arange(60) < 40, 9, 0)
    made = mapped(
        vectors, np.where(counts[:, None] > 0, true, 77).astype(np.float32), counts, False
    )
    cosine = (made * true).sum(axis=1) / np.linalg.norm(made, axis=1) / np.linalg.norm(true, axis=1)
    assert cosine.min() > 0.9999


def test_items_without_a_positive_teach_nothing() -> None:
    vectors = texts(30, 3, 5)
    true = factors_of(vectors, 0.0, 6)
    counts = np.where(np.arange(30) < 20, 1, 0)
    spoilt = np.where(counts[:, None] > 0, true, -1000).astype(np.float32)
    assert np.array_equal(
        mapped(vectors, true, counts, True), mapped(vectors, spoilt, counts, True)
    )


def test_an_item_without_a_text_keeps_its_row_and_teaches_nothing() -> None:
    vectors, counts = texts(20, 3, 7), np.full(20, 9)
    factors = factors_of(vectors, 0.1, 8)
    vectors[[4, 11]], counts[11] = 0, 0
    made = mapped(vectors, factors, counts, False)
    assert np.array_equal(made[[4, 11]], factors[[4, 11]])
    said = vectors.any(axis=1)
    assert made[said] == pytest.approx(
        mapped(vectors[said], factors[said], counts[said], False), rel=1e-5
    )
    assert joined(factors, made, counts, 99)[[4, 11]] == pytest.approx(factors[[4, 11]], rel=1e-6)


def test_the_factors_that_went_in_are_not_changed() -> None:
    vectors, counts = texts(20, 3, 7), np.arange(20)
    factors = factors_of(vectors, 0.1, 8)
    before = factors.copy()
    joined(factors, mapped(vectors, factors, counts, True), counts, 5)
    assert np.array_equal(factors, before)


@pytest.mark.parametrize("counts", [[0, 0, 0, 0], [0, 9, 0, 0]])
def test_without_two_items_to_learn_from_the_factors_stay(counts: list[int]) -> None:
    vectors = texts(4, 3, 0)
    factors = factors_of(vectors, 1.0, 0)
    assert np.array_equal(mapped(vectors, factors, np.array(counts), False), factors)


def test_without_a_text_or_with_one_text_for_all_the_factors_stay() -> None:
    factors = factors_of(texts(4, 3, 0), 1.0, 0)
    for vectors in (np.zeros((4, 3), np.float32), np.repeat(texts(1, 3, 0), 4, axis=0)):
        assert np.array_equal(mapped(vectors, factors, np.full(4, 9), False), factors)


def test_rows_join_in_proportion_to_what_is_known_of_an_item() -> None:
    own, predicted = np.full((4, 2), 8, np.float32), np.zeros((4, 2), np.float32)
    made = joined(own, predicted, np.array([0, 1, 3, 4]), 4)
    assert made.tolist() == [[0, 0], [2, 2], [6, 6], [8, 8]]
    assert made.dtype == np.float32


@pytest.mark.parametrize("threshold", [1, 2, 3, 7, 1000])
def test_rows_are_continuous_at_the_threshold(threshold: int) -> None:
    counts = np.arange(threshold + 2)
    own, predicted = (
        np.full((len(counts), 1), 1, np.float32),
        np.full((len(counts), 1), -1, np.float32),
    )
    made = joined(own, predicted, counts, threshold)[:, 0]
    assert made[0] == -1
    assert made[-2:].tolist() == [1, 1]
    assert np.diff(made) == pytest.approx(np.array([2 / threshold] * threshold + [0]), abs=1e-6)


def test_warm_rows_keep_their_bytes() -> None:
    own = factors_of(texts(5, 3, 0), 1.0, 0)
    made = joined(own, own * 100, np.array([3, 4, 5, 99, 2]), 3)
    assert made[:4].tobytes() == own[:4].tobytes()


# ---- the verdict ----

USERS, ITEMS, COLD = 200, 80, 20


class Fold:
    """Users who take the item that suits them; the last COLD items have rows of zeros until they
    are predicted.
    """

    def __init__(self, seed: int, informative: bool = True) -> None:
        rng = np.random.default_rng(seed)
        self.vectors = texts(ITEMS, 16, seed)
        true = (
            self.vectors @ rng.normal(size=(16, 6)) if informative else rng.normal(size=(ITEMS, 6))
        )
        self.users = rng.normal(size=(USERS, 6)).astype(np.float32)
        taken = np.argmax(self.users @ true.T + rng.gumbel(size=(USERS, ITEMS)), axis=1)
        ones = np.ones(USERS, np.float32)
        self.held_out = csr_matrix((ones, (np.arange(USERS), taken)), shape=(USERS, ITEMS))
        self.cold = np.arange(ITEMS) >= ITEMS - COLD
        self.counts = np.where(self.cold, 0, 9)
        self.own = np.where(self.cold[:, None], 0, true).astype(np.float32)
        self.seed = seed

    def score_with(self, rows: np.ndarray) -> Scorer:
        return lambda users: self.users[users] @ rows.T

    def predicted(self) -> np.ndarray:
        return joined(self.own, mapped(self.vectors, self.own, self.counts, False), self.counts, 5)

    def judge(
        self, rows: np.ndarray, own: np.ndarray | None = None, warm: csr_matrix | None = None
    ) -> Verdict:
        return verdict(
            self.score_with,
            rows,
            self.own if own is None else own,
            self.cold,
            columns_kept(self.held_out, self.cold),
            csr_matrix((USERS, ITEMS), dtype=np.float32),
            self.held_out if warm is None else warm,
            self.seed,
        )


def test_texts_that_tell_something_are_used() -> None:
    fold = Fold(1)
    found = fold.judge(fold.predicted())
    assert found.used
    assert (found.hidden_items, found.cold_users) == (COLD, fold.held_out[:, -COLD:].nnz)
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
            scores = (used[-COLD:] @ fold.users[user]).tolist()
            order = sorted(range(COLD), key=lambda one: (-scores[one], one))
            hits[name] += item - (ITEMS - COLD) in order[:10]
    found = fold.judge(rows)
    assert found.cold_users == targets
    assert found.cold_recall_at_10 == pytest.approx(hits["with"] / targets)
    assert found.cold_recall_at_10_without == pytest.approx(hits["without"] / targets)


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


def test_where_all_of_few_hidden_items_are_found_their_order_decides() -> None:
    """Ten or fewer hidden items are all in the first ten, whatever the rows say."""
    fold = Fold(1)
    fold.cold = np.arange(ITEMS) >= ITEMS - 8
    fold.counts = np.where(fold.cold, 0, 9)
    fold.own = np.where(
        fold.cold[:, None], 0, np.where(np.arange(ITEMS)[:, None] < ITEMS - COLD, fold.own, 1)
    )
    fold.own = fold.own.astype(np.float32)
    found = fold.judge(fold.predicted())
    assert found.cold_recall_at_10 == found.cold_recall_at_10_without == 1
    assert found.used


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
    for found in (fold.judge(fold.predicted()), fold.judge(fold.predicted(), warm=empty)):
        assert not found.used
        assert (found.cold_users, found.cold_recall_at_10, found.cold_recall_at_10_without) == (
            0,
            0,
            0,
        )


def known_interactions() -> Interactions:
    """Users 0 to 19; the first ten of the 30 items have no positive, user 3 likes item 29 only."""
    likes = np.random.default_rng(3).random((20, 30)) < 0.3
    likes[:, :10] = False
    likes[3] = np.arange(30) == 29
    binary = csr_matrix(likes.astype(np.float32))
    dislikes = csr_matrix(
        (~likes & (np.add.outer(np.arange(20), np.arange(30)) % 5 == 0)).astype(np.float32)
    )
    return Interactions(binary * np.float32(5), binary, dislikes)


@pytest.mark.parametrize("seed", range(8))
def test_hidden_items_are_a_fifth_of_those_with_a_positive_and_leave_no_trace(seed: int) -> None:
    known = known_interactions()
    left, hidden, positives = hide(known, seed)
    assert hidden.sum() == 4 and not hidden[:10].any()
    for one, whole in zip(
        (left.confidence, left.binary, left.dislikes),
        (known.confidence, known.binary, known.dislikes),
        strict=True,
    ):
        assert not one[:, hidden].nnz
        assert np.array_equal(one[:, ~hidden].toarray(), whole[:, ~hidden].toarray())
    others = left.binary.getnnz(axis=1) > 0
    wanted = known.binary.toarray() * hidden * others[:, None]
    assert np.array_equal(positives.toarray(), wanted)
    assert positives.nnz == np.count_nonzero(wanted)
    assert not positives[
        3
    ].nnz  # he has one positive: hidden, nothing is left of him; else it is not hidden


def test_which_items_are_hidden_is_a_function_of_the_seed() -> None:
    masks = [hide(known_interactions(), seed)[1].tobytes() for seed in (1, 1, 2)]
    assert masks[0] == masks[1] != masks[2]


def test_a_verdict_is_the_same_twice_and_goes_into_json() -> None:
    fold = Fold(7)
    one, other = (fold.judge(fold.predicted()).as_dict() for _ in range(2))
    assert one == other
    assert {type(value) for value in one.values()} <= {bool, int, float}
    assert one["used"] is True
