"""The hybrid score, beside a plain double loop of its formula."""

import math

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.sparse import csr_matrix

from recsys.ranking import hybrid, top_k
from recsys.ranking.hybrid import blended, z_scores
from recsys.ranking.weights import ONLY_FACTORS, Weights
from tests.worlds import even_odd

OFF = ONLY_FACTORS


def plain_z(row: list[float]) -> list[float]:
    mean = sum(row) / len(row)
    spread = math.sqrt(sum((one - mean) ** 2 for one in row) / len(row))
    return [(one - mean) / spread if spread > 1e-9 else 0.0 for one in row]


def plain_neighbours(liked: np.ndarray, user: int) -> list[float]:
    """For each item, over the items that the user liked and the users who liked both."""
    of_user, of_item = (liked > 0).sum(axis=1), (liked > 0).sum(axis=0)
    return [
        sum(
            1 / (of_user[other] * math.sqrt(of_item[item] * of_item[own]))
            for own in np.flatnonzero(liked[user])
            for other in np.flatnonzero((liked[:, own] > 0) & (liked[:, item] > 0))
        )
        for item in range(liked.shape[1])
    ]


def plain(
    scores: np.ndarray,
    liked: np.ndarray,
    vectors: np.ndarray,
    counts: list[int],
    weights: Weights,
) -> list:
    """The formula of the module, a cell at a time."""
    rows = []
    for user in range(len(scores)):
        profile = sum(
            (vectors[item] for item in range(len(vectors)) if liked[user, item]),
            np.zeros(vectors.shape[1]),
        )
        length = math.sqrt(sum(one**2 for one in profile))
        cosines = [
            float(vector @ profile) / length if length else 0.0 for vector in vectors
        ]
        parts = zip(
            plain_z(scores[user].tolist()),
            plain_z(cosines),
            plain_z([math.log(1 + count) for count in counts]),
            plain_z(plain_neighbours(liked, user)),
            strict=True,
        )
        of = weights
        rows.append(
            [
                a + of.content * b + of.popularity * c + of.neighbours * d
                for a, b, c, d in parts
            ]
        )
    return rows


def world(seed: int) -> tuple[np.ndarray, csr_matrix, np.ndarray]:
    """Scores (6, 9), positives and embeddings; user 0 likes nothing, user 1 everything, item 0 has
    no text.
    """
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(9, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[0] = 0
    liked = rng.random((6, 9)) < 0.4
    liked[0], liked[1] = False, True
    return (
        rng.normal(3, 2, (6, 9)).astype(np.float32),
        csr_matrix(liked.astype(np.float32) * 5),
        vectors,
    )


@pytest.mark.parametrize(
    "weights", [(0.5, 0.25, 0.75), (2, 0, 0), (0, 3, 0), (0, 0, 2)]
)
@pytest.mark.parametrize("seed", [0, 1])
def test_the_score_is_the_formula(
    weights: tuple[float, float, float], seed: int
) -> None:
    scores, liked, vectors = world(seed)
    some = Weights(content=weights[0], popularity=weights[1], neighbours=weights[2])
    counts = np.bincount(liked.indices, minlength=9)
    made = hybrid.scorer(lambda users: scores[users], liked, vectors, some)
    users = np.array([5, 0, 1, 3])
    expected = plain(scores, liked.toarray(), vectors, counts.tolist(), some)
    assert made(users) == pytest.approx(np.array(expected)[users], abs=1e-5)
    assert made(users).dtype == np.float32


def test_with_all_weights_at_0_the_scores_are_those_of_the_factors() -> None:
    scores, liked, vectors = world(2)
    made = hybrid.scorer(lambda users: scores[users], liked, vectors, OFF)
    assert made(np.arange(6)).tobytes() == scores.tobytes()


def test_a_tiny_weight_leaves_the_order_of_the_factors() -> None:
    scores, liked, vectors = world(3)
    tiny = Weights(content=1e-5, popularity=1e-5, neighbours=1e-5)
    beside = hybrid.beside(liked, vectors, tiny)
    found = blended(scores, liked, beside, tiny)
    assert top_k.top_k(found, 9).tolist() == top_k.top_k(scores, 9).tolist()


def test_a_score_does_not_depend_on_who_else_is_asked() -> None:
    scores, liked, vectors = world(4)
    made = hybrid.scorer(
        lambda users: scores[users],
        liked,
        vectors,
        Weights(content=0.5, popularity=0.5, neighbours=0.5),
    )
    assert made(np.arange(6))[[4]] == pytest.approx(made(np.array([4])), abs=1e-6)


def test_the_scores_that_went_in_are_not_changed() -> None:
    scores, liked, vectors = world(5)
    before = scores.copy(), vectors.copy()
    all_parts = Weights(content=1.0, popularity=1.0, neighbours=1.0)
    blended(scores, liked, hybrid.beside(liked, vectors, all_parts), all_parts)
    assert np.array_equal(scores, before[0])
    assert np.array_equal(vectors, before[1])


def test_z_scores_by_hand() -> None:
    root = math.sqrt(1.5)
    found = z_scores(np.array([[1, 2, 3], [7, 7, 7], [-300, 0, 300]], np.float32))
    assert found == pytest.approx(
        np.array([[-root, 0, root], [0, 0, 0], [-root, 0, root]])
    )
    assert found.dtype == np.float32


@pytest.mark.parametrize("value", [0.0, 0.1, -3e-20, 1e30, 1 / 3])
@pytest.mark.parametrize("items", [1, 3, 1000])
def test_equal_scores_are_0(value: float, items: int) -> None:
    assert not z_scores(np.full((2, items), value, np.float32)).any()


@pytest.mark.parametrize("scale", [1e-20, 1.0, 1e20])
def test_the_scale_of_the_scores_does_not_matter(scale: float) -> None:
    rows = np.array([[3, 1, 2, 9]], np.float32)
    assert z_scores(rows * np.float32(scale)) == pytest.approx(z_scores(rows), rel=1e-5)


@pytest.mark.parametrize("width", [33, 128, 384])
def test_items_with_one_and_the_same_text_do_not_differ_by_the_rounding_of_the_product(
    width: int,
) -> None:
    rng = np.random.default_rng(width)
    vector = rng.normal(size=width).astype(np.float32)
    vectors = np.repeat((vector / np.linalg.norm(vector))[None], 50, axis=0)
    liked = csr_matrix((rng.random((9, 50)) < 0.2).astype(np.float32))
    zeros = np.zeros((9, 50), np.float32)
    only_content = Weights(content=1.0, popularity=0.0, neighbours=0.0)
    beside = hybrid.beside(liked, vectors, only_content)
    assert not blended(zeros, liked, beside, only_content).any()


def test_who_likes_nothing_gets_no_content_and_who_has_no_texts_neither() -> None:
    scores, liked, vectors = world(6)
    weights = Weights(content=5.0, popularity=0.0, neighbours=2.0)
    beside = hybrid.beside(liked, vectors, weights)
    assert blended(scores, liked, beside, weights)[0] == pytest.approx(
        z_scores(scores)[0]
    )
    only_content = weights.model_copy(update={"neighbours": 0.0})
    no_texts = hybrid.beside(liked, np.zeros_like(vectors))
    without = blended(scores, liked, no_texts, only_content)
    assert without == pytest.approx(z_scores(scores))


def test_popularity_counts_users_not_confidence() -> None:
    liked = csr_matrix(np.array([[5, 1, 0], [2, 0, 0]], np.float32))
    assert hybrid.log_popularity(liked) == pytest.approx(np.log([3, 2, 1]))
    assert hybrid.log_popularity(csr_matrix((2, 3))).tolist() == [0, 0, 0]


def test_content_finds_the_items_of_the_own_kind() -> None:
    kind = np.arange(10) % 2
    vectors = np.eye(2, dtype=np.float32)[kind]
    liked = even_odd()
    made = hybrid.scorer(
        lambda users: np.zeros((len(users), 10), np.float32),
        liked,
        vectors,
        Weights(content=1.0, popularity=0.0, neighbours=0.0),
    )
    assert (
        top_k.top_k(made(np.arange(12)), 5) % 2 == (np.arange(12) % 2)[:, None]
    ).all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"content": -1.0},
        {"popularity": float("inf")},
        {"content": "1"},
        {"x": 1.0},
        {"neighbours": -1.0},
    ],
)
def test_weights_that_are_none_are_refused(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        Weights(**{**OFF.model_dump(), **wrong})


def test_parts_are_summed_in_one_order_and_not_changed() -> None:
    parts = hybrid.Parts(
        np.array([[1, 2]], np.float32),
        np.array([[3, 5]], np.float32),
        np.float32([[7]]),
        np.array([[4, 8]], np.float32),
    )
    weights = Weights(content=2.0, popularity=0.5, neighbours=0.25)
    assert hybrid.combine(parts, weights).tolist() == [
        [1 + 6 + 3.5 + 1, 2 + 10 + 3.5 + 2]
    ]
    only_popularity = Weights(content=0.0, popularity=0.5, neighbours=0.0)
    assert hybrid.combine(parts, only_popularity).tolist() == [[4.5, 5.5]]
    assert parts.factors.tolist() == [[1, 2]]


@pytest.mark.parametrize("part", ["content", "popularity", "neighbours"])
def test_only_factors_is_all_weights_at_0(part: str) -> None:
    assert OFF.only_factors
    assert not OFF.model_copy(update={part: 0.1}).only_factors


def test_neighbours_are_only_made_where_they_weigh() -> None:
    _, liked, vectors = world(0)
    some = Weights(content=0, popularity=0, neighbours=0.5)
    assert hybrid.beside(liked, vectors, OFF).neighbours is None
    assert hybrid.beside(liked, vectors, OFF, some).neighbours is not None
    with pytest.raises(ValueError, match="without neighbours"):
        hybrid.of_neighbours(liked, hybrid.beside(liked, vectors, OFF), 0.5)


@pytest.mark.parametrize("size", [1e-45, 1e-42, 1e-39])
def test_what_differs_by_next_to_nothing_is_equal_and_never_no_number(
    size: float,
) -> None:
    """Factors that a penalty has made vanish: one over their deviation is no float32."""
    scores = np.array([[size, 0, 0, 2 * size]], np.float32)
    assert scores.any()
    assert hybrid.z_scores(scores).tolist() == [[0, 0, 0, 0]]
    least = np.array([[1e-36, 0, 0, 1e-36]], np.float32)
    assert hybrid.z_scores(least) == pytest.approx(np.array([[1, -1, -1, 1]]))
