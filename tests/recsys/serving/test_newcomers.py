"""Users whom the model was not trained on: the three rules, each by hand."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.models.factors import Factors
from recsys.models.fold_in import FoldIn, LeastSquares
from recsys.models.pairwise_fold import Pairwise
from recsys.ranking import hybrid
from recsys.ranking.hybrid import Beside, blended, z_scores
from recsys.ranking.weights import ONLY_FACTORS, Weights
from recsys.serving import newcomers

EVEN = np.arange(6) % 2 == 0
ROWS = np.column_stack([EVEN, ~EVEN, 0.1 * np.arange(6)]).astype(np.float32)
ROWS[5] = 0  # an item that the model knows nothing of
VECTORS = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 2]]
POPULARITY = np.log1p(np.array([4, 0, 9, 1, 1, 2], np.float32))
WEIGHTS = Weights(content=0.5, popularity=0.25, neighbours=0.75)
OFF = ONLY_FACTORS
# items 0 and 1 are bought together, and item 5 with item 2
NEAR = csr_matrix(np.eye(6, dtype=np.float32)[[1, 0, 5, 3, 4, 2]] / 2)
BESIDE = Beside(VECTORS, POPULARITY, NEAR)
SQUARES, PAIRS = LeastSquares(5.0, 0.1, 0.0, 1.0), Pairwise(0.1, 0.01, 50)


def model(rule: FoldIn, rows: np.ndarray = ROWS) -> Factors:
    return Factors(["u"], [f"p{item}" for item in range(6)], rows[:1], rows, rule)


def who(*rows: dict[int, float]) -> csr_matrix:
    """A row a user, from values by item."""
    dense = np.zeros((len(rows), 6), np.float32)
    for user, values in enumerate(rows):
        for item, value in values.items():
            dense[user, item] = value
    return csr_matrix(dense)


def scored(
    rule: FoldIn, liked: csr_matrix, disliked: csr_matrix, weights: Weights = WEIGHTS
) -> np.ndarray:
    return newcomers.scores(model(rule), liked, disliked, BESIDE, weights)


@pytest.mark.parametrize("rule", [SQUARES, PAIRS])
def test_with_known_positives_it_is_the_hybrid_score_of_the_folded_in_factors(
    rule: FoldIn,
) -> None:
    liked, disliked = who({0: 3}, {1: 5, 2: 1}), who({}, {3: 1})
    folded = model(rule).fold_in(liked, disliked)
    expected = blended(folded @ ROWS.T, liked, BESIDE, WEIGHTS)
    assert scored(rule, liked, disliked) == pytest.approx(expected, abs=1e-6)
    assert scored(rule, liked, disliked, OFF) == pytest.approx(
        folded @ ROWS.T, abs=1e-6
    )


@pytest.mark.parametrize("rule", [SQUARES, PAIRS])
def test_with_positives_that_the_model_knows_nothing_of_it_is_content_and_popularity(
    rule: FoldIn,
) -> None:
    cosine = np.array([[0, 0, 1, 0, 0, 1]], np.float32)  # item 5 has the text of item 2
    expected = z_scores(cosine) + z_scores(POPULARITY[None, :])
    together = z_scores(np.array([[0, 0, 0.5, 0, 0, 0]], np.float32))
    for weights, more in ((WEIGHTS, 0.75 * together), (OFF, 0 * together)):
        assert scored(rule, who({5: 4}), who({}), weights) == pytest.approx(
            expected + more, abs=1e-6
        )


@pytest.mark.parametrize("rule", [SQUARES, PAIRS])
def test_new_users_and_those_with_dislikes_only_get_the_popular_items(
    rule: FoldIn,
) -> None:
    found = scored(rule, who({}, {}), who({}, {0: 1, 1: 1}))
    assert np.array_equal(found, np.stack([POPULARITY, POPULARITY]))
    assert np.argmax(found, axis=1).tolist() == [2, 2]


def test_who_likes_everything_leaves_a_pairwise_model_without_a_word() -> None:
    found = scored(PAIRS, who(dict.fromkeys(range(6), 1.0)), who({}))
    cosine = np.full((1, 6), 1 / np.sqrt(3), np.float32)
    assert found == pytest.approx(
        z_scores(cosine)
        + z_scores(POPULARITY[None, :])
        + 0.75 * z_scores(np.full((1, 6), 0.5, np.float32)),
        abs=1e-6,
    )


def test_the_bias_of_an_item_is_no_knowledge_of_it() -> None:
    rows = ROWS.copy()
    rows[5, -1] = 7
    found = newcomers.scores(model(PAIRS, rows), who({5: 4}), who({}), BESIDE, WEIGHTS)
    assert found == pytest.approx(scored(PAIRS, who({5: 4}), who({})), abs=1e-6)


@pytest.mark.parametrize("rule", [SQUARES, PAIRS])
def test_each_user_has_a_rule_of_his_own_whoever_is_beside(rule: FoldIn) -> None:
    liked = who({}, {5: 2}, {0: 3}, {}, {1: 1, 5: 1})
    disliked = who({1: 1}, {}, {}, {}, {0: 1})
    together = scored(rule, liked, disliked)
    alone = np.concatenate(
        [scored(rule, liked[[user]], disliked[[user]]) for user in range(5)]
    )
    assert together == pytest.approx(alone, abs=1e-5)
    assert together.dtype == np.float32
    assert together.shape == (5, 6)


def test_a_known_user_who_comes_as_new_gets_what_he_had() -> None:
    liked, disliked = who({0: 3, 2: 1}), who({3: 1})
    folded = SQUARES(ROWS, liked, disliked)
    known = Factors(["u"], [f"p{item}" for item in range(6)], folded, ROWS, SQUARES)
    before = hybrid.scorer(known.score, liked, VECTORS, WEIGHTS)(np.array([0]))
    beside = hybrid.beside(liked, VECTORS, WEIGHTS)
    assert newcomers.scores(known, liked, disliked, beside, WEIGHTS) == pytest.approx(
        before, abs=1e-6
    )


def test_nobody_comes() -> None:
    assert scored(SQUARES, who(), who()).shape == (0, 6)


def test_a_shop_without_texts_or_sales_gives_everybody_equal_scores() -> None:
    nothing = Beside(0 * VECTORS, np.zeros(6, np.float32), 0 * NEAR)
    found = newcomers.scores(
        model(SQUARES), who({5: 4}, {}), who({}, {}), nothing, WEIGHTS
    )
    assert not found.any()


def test_what_went_in_is_not_changed() -> None:
    popularity = POPULARITY.copy()
    liked = who({}, {0: 1})
    scored(PAIRS, liked, who({}, {}))[:] = -1
    assert np.array_equal(popularity, POPULARITY)


def test_a_model_without_a_rule_says_so() -> None:
    none = Factors(["u"], [f"p{item}" for item in range(6)], ROWS[:1], ROWS)
    with pytest.raises(ValueError, match="no rule for users"):
        newcomers.scores(none, who({0: 1}), who({}), BESIDE, WEIGHTS)


@pytest.mark.parametrize("rule", [SQUARES, PAIRS])
def test_a_scorer_of_some_users_gives_each_what_they_get_alone(rule: FoldIn) -> None:
    liked = who({0: 3}, {}, {1: 5, 2: 1}, {5: 2}, {3: 4})
    disliked = who({}, {0: 1}, {3: 1}, {}, {0: 1, 1: 1})
    users = np.array([0, 2, 3, 4])
    score = newcomers.scorer(model(rule), liked, disliked, BESIDE, WEIGHTS, users)
    for batch in (np.array([3]), np.array([2, 4]), np.array([0, 2, 3, 4])):
        expected = scored(rule, liked[batch], disliked[batch])
        assert score(batch) == pytest.approx(expected, abs=1e-6)
