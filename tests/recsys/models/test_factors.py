"""Factors recommend, find similar items and fold in new users."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.models import factors
from recsys.models.blended import Blended, Part
from recsys.models.fold_in import LeastSquares
from recsys.models.pairwise_fold import Pairwise
from recsys.program.errors import DataError
from tests.recsys.models.worlds import like, seen
from tests.worlds import complains


@pytest.mark.parametrize(
    ("users", "items", "word"),
    [
        (np.ones((1, 2)), np.ones((3, 2)), "2 users and 3 items"),
        (np.ones((2, 2)), np.ones((4, 2)), "2 users and 3 items"),
        (np.ones((2, 2)), np.ones((3, 1)), "width"),
        (np.ones((2, 2)), np.full((3, 2), np.inf), "not finite"),
    ],
)
def test_factors_of_other_rows_than_the_ids_are_refused(
    users: np.ndarray, items: np.ndarray, word: str
) -> None:
    with pytest.raises(ValueError, match=word):
        factors.Factors(["a", "b"], ["p", "q", "r"], users, items)


def test_factors_of_another_width_than_the_blend_are_refused() -> None:
    rule = Blended((Part(LeastSquares(1.0, 0.1, 0.0, 0.0), 3, 1.0, 1.0),))
    with pytest.raises(ValueError, match="blend of width 3"):
        factors.Factors(["a"], ["p"], np.ones((1, 2)), np.ones((1, 2)), rule)


def ranked(scores: list[list[float]]) -> factors.Factors:
    """A model whose users have these scores for items p0, p1, ..."""
    rows = np.array(scores, np.float32)
    items = [f"p{item}" for item in range(rows.shape[1])]
    return factors.Factors(
        [str(u) for u in range(len(rows))],
        items,
        rows,
        np.eye(len(items), dtype=np.float32),
    )


def test_the_best_unseen_items_come_first() -> None:
    model = ranked([[1, 5, 3, 2], [9, 8, 7, 6]])
    assert model.recommend(np.array([0, 1]), seen([[0, 1, 0, 0], [0, 0, 0, 0]]), 2) == [
        ["p2", "p3"],
        ["p0", "p1"],
    ]
    assert model.recommend(np.array([1, 1]), seen([[1, 0, 0, 0], [0, 1, 0, 0]]), 1) == [
        ["p1"],
        ["p0"],
    ]


def test_where_items_run_out_the_list_is_shorter_and_has_no_filler() -> None:
    model = ranked([[1, -5, 3]])
    assert model.recommend(np.array([0]), seen([[1, 0, 1]]), 10) == [["p1"]]
    assert model.recommend(np.array([0]), seen([[1, 1, 1]]), 10) == [[]]
    assert model.recommend(np.array([], dtype=np.int64), csr_matrix((0, 3)), 10) == []


def test_ties_go_to_the_item_with_the_smaller_index() -> None:
    model = ranked([[0, 7, -0.0, 7, 0, 7]])
    assert model.recommend(np.array([0]), seen([[0] * 6]), 6) == [
        ["p1", "p3", "p5", "p0", "p2", "p4"]
    ]
    assert model.recommend(np.array([0]), seen([[0, 1, 0, 0, 0, 0]]), 2) == [
        ["p3", "p5"]
    ]


@pytest.mark.parametrize("seed", range(3))
def test_recommendations_are_those_of_a_plain_sort(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(-3, 4, (20, 15)).astype(np.float32)
    known = rng.random((20, 15)) < 0.3
    found = ranked(scores.tolist()).recommend(
        np.arange(20), csr_matrix(known.astype(np.float32)), 7
    )
    for user in range(20):
        unseen = [item for item in range(15) if not known[user, item]]
        expected = sorted(unseen, key=lambda item: (-scores[user, item], item))[:7]
        assert found[user] == [f"p{item}" for item in expected]


def test_a_recommendation_changes_no_factors() -> None:
    model = ranked([[1, 5, 3]])
    before = model.user_factors.copy()
    model.recommend(np.array([0]), seen([[1, 1, 0]]), 2)
    assert np.array_equal(model.user_factors, before)


def test_similar_items_are_those_with_the_highest_cosine_and_not_the_item() -> None:
    model = like([[1, 0], [10, 10], [0, 3], [-2, 0]])
    found = model.similar_items("p0", 9)
    assert [item for item, _ in found] == ["p1", "p2", "p3"]
    assert [cosine for _, cosine in found] == pytest.approx([1 / np.sqrt(2), 0, -1])
    assert model.similar_items("p0", 1) == found[:1]


def test_similar_items_with_equal_cosine_stand_by_index_and_one_without_factors_is_like_none() -> (
    None
):
    model = like([[1, 0], [2, 0], [0, 0], [4, 0]])
    assert model.similar_items("p1", 3) == [("p0", 1.0), ("p3", 1.0), ("p2", 0.0)]
    assert model.similar_items("p2", 3) == [("p0", 0.0), ("p1", 0.0), ("p3", 0.0)]
    assert like([[1, 1]]).similar_items("p0", 5) == []


def test_the_bias_of_an_item_is_no_likeness() -> None:
    rows: list[list[float]] = [[1, 0, 50], [0, 1, 50], [1, 0.1, -50]]
    assert [
        item for item, _ in like(rows, Pairwise(0.1, 0.1, 3)).similar_items("p0", 2)
    ] == [
        "p2",
        "p1",
    ]
    assert [item for item, _ in like(rows).similar_items("p0", 2)] == ["p1", "p2"]


def test_an_unknown_item_is_a_data_error() -> None:
    with complains(DataError, "'p9'", "2 items"):
        like([[1], [2]]).similar_items("p9", 3)


def test_fold_in_is_the_rule_on_the_models_items() -> None:
    rule = LeastSquares(5.0, 0.1, 0.0, 1.0)
    one = like([[1, 0], [0, 1], [1, 1]], rule)
    liked, disliked = seen([[3, 0, 0]]), seen([[0, 1, 0]])
    assert np.array_equal(
        one.fold_in(liked, disliked), rule(one.item_factors, liked, disliked)
    )


def test_fold_in_without_a_rule_or_with_other_items_is_refused() -> None:
    with pytest.raises(ValueError, match="no rule"):
        like([[1], [2]]).fold_in(seen([[1, 0]]), seen([[0, 0]]))
    one = like([[1], [2]], LeastSquares(5.0, 0.1, 0.0, 1.0))
    for liked, disliked in (([[1, 0, 0]], [[0, 0]]), ([[1, 0]], [[0]])):
        with pytest.raises(ValueError, match="2 items"):
            one.fold_in(seen(liked), seen(disliked))
