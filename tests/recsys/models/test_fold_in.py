"""Users who come after the fit: their factors are those that the objective gives, and what training
would give.
"""

import numpy as np
import pytest
from scipy.sparse import csr_matrix, vstack

from recsys.als import fit as als
from recsys.als import objective
from recsys.als.half import half
from recsys.als.params import Params
from recsys.models import fold_in
from recsys.models.cosine_fold import Cosines
from recsys.models.fold_in import CountedLeastSquares, LeastSquares, UserEquation
from recsys.models.pairwise_fold import Pairwise
from recsys.models.row_batches import row_batches
from recsys.models.shared_equation import SharedEquation
from tests.recsys.models.tastes import ITEMS, WIDTH, items, tastes
from tests.recsys.models.train_params import SHARED
from tests.worlds import even_odd


def plain_least_squares(
    rule: UserEquation, Y: np.ndarray, liked: np.ndarray, disliked: np.ndarray
) -> np.ndarray:
    """The normal equation of one user, cell by cell."""
    A, b, mass = np.zeros((Y.shape[1], Y.shape[1])), np.zeros(Y.shape[1]), float(len(Y))
    for item, y in enumerate(Y.astype(np.float64)):
        c = rule.alpha * liked[item] + rule.alpha * rule.dislike_weight * disliked[item]
        A += (c or 1) * np.outer(y, y)
        b += rule.alpha * liked[item] * y
        mass += c
    if isinstance(rule, CountedLeastSquares):
        penalty = rule.regularization * np.count_nonzero(liked)
    else:
        penalty = rule.regularization * mass**rule.frequency_scaling
    return np.linalg.solve(A + penalty * np.eye(Y.shape[1]), b)


@pytest.mark.parametrize(
    "rule",
    [
        LeastSquares(5.0, 0.1, 0.0, 0.0),
        LeastSquares(2.0, 0.01, 1.0, 1.0),
        LeastSquares(0.1, 0.5, 0.5, 3.0),
        LeastSquares(40, 1, 1, 0),
        CountedLeastSquares(5.0, 0.1, 0.5),
        CountedLeastSquares(2.0, 3.0, 0.0),
    ],
)
def test_least_squares_solves_the_equation_of_each_user(rule: UserEquation) -> None:
    liked, disliked = tastes(8, 1)
    found = rule(items(), liked, disliked)
    assert found.dtype == np.float32
    assert found.shape == (8, WIDTH)
    expected = [
        plain_least_squares(rule, items(), *rows)
        for rows in zip(liked.toarray(), disliked.toarray(), strict=True)
    ]
    assert found == pytest.approx(np.array(expected), rel=1e-4, abs=1e-6)


def test_without_any_liked_least_squares_is_0_whatever_is_disliked() -> None:
    liked, disliked = tastes(4, 1)
    assert not LeastSquares(5.0, 0.1, 0.0, 1.0)(items(), liked, disliked)[:2].any()


@pytest.mark.parametrize(("scaling", "weight"), [(0.0, 0.0), (1.0, 0.0), (0.5, 2.0)])
def test_a_user_of_the_training_gets_the_row_that_training_ends_with(
    scaling: float, weight: float
) -> None:
    params = Params(
        **SHARED,
        feature_prior=False,
        warm_iterations=1,
        solver="native",
        factors=4,
        regularization=0.05,
        frequency_scaling=scaling,
        iterations=30,
        alpha=3.0,
        dislikes="negative" if weight else "drop",
        dislike_weight=weight or 1.0,
        feature_regularization=1.0,
        seed=1,
    )
    liked, disliked = tastes(40, 2)
    trained = als.fit(liked, disliked, None, params)
    task = objective.problem(liked, disliked, None, params)
    rows, others = trained.user_factors.copy(), trained.item_factors.copy()
    for _ in range(10):  # conjugate gradients to the end, the items standing still
        half(task.entries, task.user_penalty, 4)(rows, others, None)
    folded = LeastSquares(3.0, 0.05, scaling, weight)(
        trained.item_factors, liked, disliked
    )
    scores = folded @ trained.item_factors.T
    assert scores == pytest.approx(rows @ others.T, abs=1e-3)
    assert np.linalg.norm(folded - trained.user_factors) < 0.03 * np.linalg.norm(folded)


def test_a_dislike_pushes_the_item_down() -> None:
    rule = LeastSquares(5.0, 0.1, 0.0, 1.0)
    liked = csr_matrix(([3.0], ([0], [0])), shape=(1, ITEMS), dtype=np.float32)
    disliked = csr_matrix(([1.0], ([0], [1])), shape=(1, ITEMS), dtype=np.float32)
    nothing = csr_matrix((1, ITEMS), dtype=np.float32)
    Y = np.abs(items())
    with_it, without = (
        float((rule(Y, liked, one) @ Y.T)[0, 1]) for one in (disliked, nothing)
    )
    assert 0 < with_it < 0.8 * without
    deaf = LeastSquares(5.0, 0.1, 0.0, 0.0)
    assert np.array_equal(deaf(Y, liked, disliked), rule(Y, liked, nothing))


@pytest.mark.parametrize("width", [WIDTH, ITEMS + 6])
def test_no_regularization_has_a_solution_even_with_more_factors_than_items(
    width: int,
) -> None:
    liked, disliked = tastes(6, 3)
    found = LeastSquares(2.0, 0.0, 0.0, 1.0)(items(width), liked, disliked)
    assert np.isfinite(found).all()
    if width > ITEMS:  # then every cell can be met
        seen = (liked + disliked).toarray() != 0
        predicted = found @ items(width).T
        assert predicted[3:] == pytest.approx(
            (liked.toarray() > 0)[3:].astype(float), abs=0.01
        )
        assert seen[3:].any()


def test_items_without_factors_fold_in_to_0() -> None:
    liked, disliked = tastes(6, 3)
    assert not LeastSquares(2.0, 0.0, 0.0, 1.0)(
        np.zeros((ITEMS, 3), np.float32), liked, disliked
    ).any()


@pytest.mark.parametrize("cells", [[], [0], [0, 0, 0], [5, 0, 9], [10**9], [1] * 20])
def test_every_row_is_in_one_batch(cells: list[int]) -> None:
    rows = [
        row
        for one in row_batches(np.array(cells, dtype=np.int64), 6)
        for row in range(one.start, one.stop)
    ]
    assert rows == list(range(len(cells)))


@pytest.mark.parametrize(
    "rule",
    [
        LeastSquares(5.0, 0.1, 0.0, 1.0),
        Pairwise(0.1, 0.01, 50),
        Cosines(0.3, 1.2),
    ],
)
def test_a_new_even_user_likes_even_items(rule: fold_in.FoldIn) -> None:
    kind = np.arange(10) % 2
    Y = np.column_stack([1 - kind, kind, np.zeros(10)]).astype(np.float32)
    liked = csr_matrix((np.ones(2, np.float32), ([0, 1], [2, 5])), shape=(2, 10))
    scores = rule(Y, liked, csr_matrix((2, 10), dtype=np.float32)) @ Y.T
    assert scores[0, ::2].min() > scores[0, 1::2].max()
    assert scores[1, 1::2].min() > scores[1, ::2].max()


@pytest.mark.parametrize(
    "rule",
    [LeastSquares(5.0, 0.1, 0.5, 1.0), Pairwise(0.1, 0.01, 5), Cosines(0.3, 1.2)],
)
def test_nobody_and_the_same_user_twice(rule: fold_in.FoldIn) -> None:
    Y, nobody = items(), csr_matrix((0, ITEMS), dtype=np.float32)
    assert rule(Y, nobody, nobody).shape == (0, WIDTH)
    liked, disliked = tastes(5, 6)
    twice = rule(
        Y, csr_matrix(vstack([liked, liked])), csr_matrix(vstack([disliked, disliked]))
    )
    assert twice[:5] == pytest.approx(twice[5:], abs=1e-6)


def test_even_odd_users_are_told_apart_after_training() -> None:
    world = even_odd()
    kind = np.arange(10) % 2
    Y = np.column_stack([1 - kind, kind]).astype(np.float32)
    found = LeastSquares(5.0, 0.1, 0.0, 0.0)(
        Y, world, csr_matrix(world.shape, dtype=np.float32)
    )
    assert ((found[:, 0] > found[:, 1]) == (np.arange(12) % 2 == 0)).all()


@pytest.mark.parametrize("scaling", [0.0, 0.7])
def test_users_of_one_item_are_solved_as_all_others_are(scaling: float) -> None:
    rule, Y = LeastSquares(5.0, 0.1, scaling, 1.0), items()
    one = csr_matrix(np.diag(np.linspace(1, 6, len(Y))).astype(np.float32))
    none = csr_matrix(one.shape, dtype=np.float32)
    together = rule(Y, one, none)
    alone = np.vstack([rule(Y, one[user], none[user]) for user in range(len(Y))])
    assert together.tobytes() == alone.tobytes()
    shared = SharedEquation.of(Y)
    for user in range(len(Y)):
        row = rule._row(shared, one, none, user)
        assert together[user] == pytest.approx(row, abs=1e-5)


@pytest.mark.parametrize("weight", [0.0, 0.7])
def test_many_users_get_the_rows_to_the_last_bit_that_each_gets_alone(
    weight: float,
) -> None:
    """With none, one, some and many likes and dislikes."""
    rng = np.random.default_rng(3)
    Y = rng.standard_normal((60, 24)).astype(np.float32)
    liked, disliked = (
        csr_matrix(
            rng.uniform(1, 6, (400, 60))
            * (rng.random((400, 60)) < rng.random((400, 1)) ** 3 * most),
            dtype=np.float32,
        )
        for most in (0.4, 0.1)
    )
    likes, dislikes = liked.toarray() > 0, disliked.toarray() > 0
    disliked = csr_matrix((dislikes & ~likes).astype(np.float32))
    rule = LeastSquares(3.0, 0.2, 0.6, weight)
    found = rule(Y, liked, disliked)
    alone = [rule(Y, liked[user], disliked[user])[0] for user in range(400)]
    assert np.array_equal(found, alone)
    counts = np.diff(liked.indptr) + np.diff(disliked.indptr)
    assert {0, 1, 2, fold_in.MOST_ITEMS, fold_in.MOST_ITEMS + 1} <= set(counts.tolist())
