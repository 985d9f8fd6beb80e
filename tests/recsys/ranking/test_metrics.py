"""One definition of each metric: by hand, by a plain loop, by irspack where it means the same."""

import math
import warnings
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.ranking import metrics, top_k
from tests.recsys.dataset.worlds import csr
from tests.recsys.ranking.worlds import of, world


def test_ndcg_of_a_hit_at_rank_two_is_one_over_log2_of_three() -> None:
    found, coverage = metrics.evaluate(
        of(np.array([[3.0, 2.0, 1.0]])),
        csr_matrix((1, 3)),
        csr_matrix([[0, 1, 0]]),
        [1, 2],
    )
    assert {name: value.tolist() for name, value in found.items()} == {
        "recall_at_1": [0],
        "precision_at_1": [0],
        "hit_rate_at_1": [0],
        "ndcg_at_1": [0],
        "map_at_1": [0],
        "mrr_at_1": [0],
        "recall_at_2": [1],
        "precision_at_2": [1 / 2],
        "hit_rate_at_2": [1],
        "ndcg_at_2": [1 / np.log2(3)],
        "map_at_2": [1 / 2],
        "mrr_at_2": [1 / 2],
    }
    assert coverage == {"coverage_at_1": 1 / 3, "coverage_at_2": 2 / 3}


def test_hits_at_ranks_one_and_three_of_four_relevant() -> None:
    found = metrics.metrics_of_hits(np.array([[True, False, True]]), np.array([4]), [3])
    ideal = 1 + 1 / np.log2(3) + 1 / np.log2(4)
    assert {name: float(value[0]) for name, value in found.items()} == pytest.approx(
        {
            "recall_at_3": 2 / 4,
            "precision_at_3": 2 / 3,
            "hit_rate_at_3": 1,
            "ndcg_at_3": (1 + 1 / np.log2(4)) / ideal,
            "map_at_3": (1 / 1 + 2 / 3) / 3,
            "mrr_at_3": 1,
        }
    )


def test_a_perfect_ranking_is_1_in_all_but_precision_and_recall() -> None:
    found = metrics.metrics_of_hits(
        np.array([[True, True, False, False]]), np.array([2]), [1, 4]
    )
    assert {name: float(value[0]) for name, value in found.items()} == {
        **{f"{name}_at_{k}": 1 for name in metrics.USER_METRICS for k in (1, 4)},
        "recall_at_1": 1 / 2,
        "precision_at_4": 2 / 4,
    }


def test_a_user_who_has_seen_all_gets_nothing_and_one_with_few_left_is_padded() -> None:
    seen = csr_matrix([[1, 1, 1], [1, 0, 1]])
    (batch,) = top_k.rank(of(np.ones((2, 3))), np.array([0, 1]), seen, 2)
    assert batch[1].tolist() == [[-1, -1], [1, -1]]
    found, coverage = metrics.evaluate(
        of(np.ones((2, 3))), seen, csr_matrix([[1, 0, 0], [0, 1, 0]]), [2]
    )
    assert found["recall_at_2"].tolist() == [
        0,
        1,
    ]  # a test item that was seen cannot be hit
    assert coverage == {"coverage_at_2": 1 / 3}


def test_users_without_a_relevant_item_are_not_in_the_mean_nor_in_the_coverage() -> (
    None
):
    scores = np.array([[1.0, 2.0], [2.0, 1.0]])
    found, coverage = metrics.evaluate(
        of(scores), csr_matrix((2, 2)), csr_matrix([[0, 0], [1, 0]]), [1]
    )
    assert found["recall_at_1"].tolist() == [1]
    assert coverage == {"coverage_at_1": 1 / 2}


def test_only_the_pattern_of_seen_and_test_counts() -> None:
    scores = np.array([[3.0, 2.0, 1.0]])
    shape = (1, 3)
    for value in (1.0, -1.0, 0.0, 5.0):
        seen = csr_matrix(([value], ([0], [0])), shape=shape)
        test = csr_matrix(([value], ([0], [1])), shape=shape)
        found, _ = metrics.evaluate(of(scores), seen, test, [1])
        assert found["recall_at_1"].tolist() == [1], value


def plain_loop(
    scores: np.ndarray, seen: np.ndarray, test: np.ndarray, k: int
) -> tuple[dict[str, list[float]], float]:
    """The metrics as the docstring of recsys.ranking.metrics says them, user by user."""
    found: dict[str, list[float]] = {name: [] for name in metrics.USER_METRICS}
    shown: set[int] = set()
    for user in range(len(scores)):
        relevant = {int(item) for item in np.flatnonzero(test[user])}
        if not relevant:
            continue
        unseen = [item for item in range(scores.shape[1]) if not seen[user, item]]
        top = sorted(unseen, key=lambda item: (-scores[user, item], item))[:k]
        shown |= set(top)
        ranks = [rank for rank, item in enumerate(top, start=1) if item in relevant]
        possible = min(len(relevant), k)
        ideal = sum(1 / math.log2(1 + rank) for rank in range(1, possible + 1))
        for name, value in (
            ("recall", len(ranks) / len(relevant)),
            ("precision", len(ranks) / k),
            ("hit_rate", len(ranks) > 0),
            ("ndcg", sum(1 / math.log2(1 + rank) for rank in ranks) / ideal),
            (
                "map",
                sum(hit / rank for hit, rank in enumerate(ranks, start=1)) / possible,
            ),
            ("mrr", 1 / ranks[0] if ranks else 0),
        ):
            found[name].append(float(value))
    return found, len(shown) / scores.shape[1]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("tied", [False, True])
def test_all_metrics_are_what_a_plain_loop_gives(
    seed: int, tied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # several batches, the last one short
    monkeypatch.setattr(top_k, "BATCH_CELLS", 7 * 30)
    monkeypatch.setattr(top_k, "LEAST_ROWS", 1)
    scores, seen, test = world(seed)
    if tied:
        scores = np.floor(scores / 4)
    cutoffs = [1, 3, 10, 40]
    found, coverage = metrics.evaluate(of(scores), seen, test, cutoffs)
    for k in cutoffs:
        expected, share = plain_loop(scores, seen.toarray(), test.toarray(), k)
        assert coverage[f"coverage_at_{k}"] == pytest.approx(share)
        for name, values in expected.items():
            assert found[f"{name}_at_{k}"] == pytest.approx(values), name


def irspack_scores(
    scores: np.ndarray, seen: csr_matrix, test: csr_matrix, k: int
) -> dict[str, Any]:
    with (
        warnings.catch_warnings()
    ):  # irspack configures its own pydantic models in the old way
        warnings.filterwarnings(
            "ignore", "Support for class-based `config` is deprecated"
        )
        from irspack.evaluation import Evaluator

    masked = np.where(seen.toarray() != 0, -np.inf, scores)
    return dict(Evaluator(test, n_threads=1).get_scores_from_score_matrix(masked, [k]))


@pytest.mark.parametrize("seed", range(5))
def test_recall_ndcg_hit_rate_and_precision_agree_with_irspack(seed: int) -> None:
    """Where at least k items are left: irspack's precision divides by the items shown, not by k."""
    scores, seen, test = world(seed)
    for k in (1, 5, 10):
        theirs = irspack_scores(scores, seen, test, k)
        ours, _ = metrics.evaluate(of(scores), seen, test, [k])
        for name, their_name in (
            ("recall", "recall"),
            ("ndcg", "ndcg"),
            ("hit_rate", "hit"),
            ("precision", "precision"),
        ):
            assert ours[f"{name}_at_{k}"].mean() == pytest.approx(
                theirs[f"{their_name}@{k}"]
            ), name


@pytest.mark.parametrize("seed", range(5))
def test_map_agrees_with_irspack_where_no_user_has_more_than_k_relevant_items(
    seed: int,
) -> None:
    """irspack divides by all relevant items, we by min(relevant, k): a perfect top k is 1."""
    scores, seen, test = world(seed)
    k = int(np.diff(test.indptr).max())
    ours, _ = metrics.evaluate(of(scores), seen, test, [k])
    assert ours[f"map_at_{k}"].mean() == pytest.approx(
        irspack_scores(scores, seen, test, k)[f"map@{k}"]
    )


@pytest.mark.parametrize("seed", range(3))
def test_coverage_agrees_with_irspack_where_every_user_has_a_test_item(
    seed: int,
) -> None:
    scores, seen, test = world(seed)
    users = np.diff(test.indptr) > 0
    ours, coverage = metrics.evaluate(of(scores[users]), seen[users], test[users], [2])
    assert coverage["coverage_at_2"] == pytest.approx(
        irspack_scores(scores[users], seen[users], test[users], 2)["catalog_coverage@2"]
    )
    assert len(ours["recall_at_2"]) == users.sum()


def test_metrics_are_those_of_users_with_a_held_out_positive_in_index_order() -> None:
    scores = np.array([[0, 1, 2], [9, 9, 9], [2, 1, 0], [3, 2, 1]], np.float32)
    seen, held_out = (
        csr([[0, 0, 1], [0] * 3, [0] * 3, [1, 0, 0]]),
        csr([[1, 0, 0], [0] * 3, [0, 0, 1], [1, 0, 0]]),
    )
    values = metrics.metrics_of(lambda users: scores[users], seen, held_out)
    assert values.keys() == {"recall_at_10", "ndcg_at_10"}
    assert values["recall_at_10"].tolist() == [1, 1, 0]
    assert values["ndcg_at_10"] == pytest.approx([1 / np.log2(3), 1 / np.log2(4), 0])


def test_nobody_has_a_held_out_positive() -> None:
    empty = csr_matrix((2, 3), dtype=np.float32)
    values = metrics.metrics_of(
        lambda users: np.zeros((len(users), 3), np.float32), empty, empty
    )
    assert {name: len(values) for name, values in values.items()} == {
        "recall_at_10": 0,
        "ndcg_at_10": 0,
    }


def test_hits_are_the_items_of_the_test_and_never_the_filler() -> None:
    test = csr([[0, 1, 1], [1, 0, 0]])
    hits = metrics.hits_of(np.array([[2, 0, -1], [-1, -1, -1]]), test)
    assert hits.tolist() == [[True, False, False], [False, False, False]]


@pytest.mark.parametrize("together", [3, 1 << 16])
def test_one_list_for_all_is_what_a_scorer_of_it_gives(
    monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    """With ties, and a test item that was seen."""
    monkeypatch.setattr(metrics, "TOGETHER", together)
    _, seen, test = world(5)
    seen = (seen + csr_matrix(([1.0], ([1], [test[1].indices[0]])), seen.shape)).tocsr()
    counts = np.random.default_rng(2).integers(0, 6, seen.shape[1]).astype(np.float32)
    one = metrics.metrics_of_one_list(counts, seen, test, [3, 10])
    shared = metrics.metrics_at(
        lambda users: np.tile(counts, (len(users), 1)), seen, test, [3, 10]
    )
    assert {name: value.tolist() for name, value in one.items()} == {
        name: value.tolist() for name, value in shared.items()
    }
    assert 0 < one["recall_at_10"].mean() < 1
