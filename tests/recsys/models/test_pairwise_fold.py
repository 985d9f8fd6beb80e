"""Users who come after a fit of BPR: they go down the gradient that training went down."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.models import pairwise_fold
from recsys.models.pairwise_fold import Pairwise
from tests.recsys.models.tastes import ITEMS, WIDTH, items, tastes


def plain_pairwise(
    rule: Pairwise, Y: np.ndarray, liked: np.ndarray, steps: int
) -> list[float]:
    """`steps` steps down the expected gradient of one user, as far as those of the rule together,
    pair by pair.
    """
    x = np.zeros(Y.shape[1] - 1)
    good = [item for item in range(len(Y)) if liked[item]]
    bad = [item for item in range(len(Y)) if not liked[item]]
    for _ in range(steps):
        step = np.zeros_like(x)
        for i in good:
            for j in bad:
                margin = (Y[i, :-1] - Y[j, :-1]) @ x + Y[i, -1] - Y[j, -1]
                step += (Y[i, :-1] - Y[j, :-1]) / (1 + np.exp(margin)) / len(bad)
            step -= rule.regularization * x
        x = x + rule.learning_rate * rule.epochs / steps * step
    return [*x.tolist(), 1.0]


@pytest.mark.parametrize(
    "rule", [Pairwise(0.05, 0.01, 30), Pairwise(0.3, 0.0, 5), Pairwise(0.01, 0.5, 1)]
)
def test_pairwise_goes_down_the_expected_gradient(rule: Pairwise) -> None:
    liked, disliked = tastes(7, 4)
    found = rule(items(), liked, disliked)
    assert found.dtype == np.float32
    Y, rows = items().astype(np.float64), liked.toarray()
    steps = [max(rule.steps(items(), max(int((row != 0).sum()), 1)), 1) for row in rows]
    expected = [
        plain_pairwise(rule, Y, row, count)
        for row, count in zip(rows, steps, strict=True)
    ]
    assert found == pytest.approx(np.array(expected), rel=1e-4, abs=1e-5)


def test_fewer_and_longer_steps_of_pairwise_end_where_those_of_training_do() -> None:
    rule = Pairwise(0.004, 0.03, 2000)
    liked, _ = tastes(7, 4)
    for row in liked.toarray():
        count = int((row != 0).sum())
        if 0 < count < ITEMS:
            assert rule.steps(items(), count) < rule.epochs / 4
            long, short = (
                np.array(plain_pairwise(rule, items(), row, n))
                for n in (rule.steps(items(), count), 2000)
            )
            assert np.linalg.norm(long - short) < 0.03 * np.linalg.norm(short[:-1])


def test_pairwise_takes_no_more_steps_than_training_and_at_least_one() -> None:
    assert Pairwise(10.0, 0.1, 50).steps(items(), 5) == 50
    assert Pairwise(1e-6, 0.1, 50).steps(items(), 5) == 1


def test_pairwise_is_the_bias_alone_for_who_likes_nothing_or_everything() -> None:
    liked, disliked = tastes(3, 4)
    found = Pairwise(0.1, 0.01, 20)(items(), liked, disliked)
    assert found[[0, 1]].tolist() == [[0] * (WIDTH - 1) + [1]] * 2
    assert np.abs(found[2, :-1]).max() == 0
    assert found[2, -1] == 1


def test_pairwise_does_not_look_at_confidence_or_dislikes() -> None:
    liked, disliked = tastes(7, 4)
    rule = Pairwise(0.1, 0.01, 10)
    assert np.array_equal(
        rule(items(), liked, disliked), rule(items(), liked != 0, 0 * disliked)
    )


def test_many_users_and_items_go_down_as_each_does_alone() -> None:
    rng = np.random.default_rng(5)
    Y = rng.normal(0, 0.3, (700, 9)).astype(np.float32)
    taken = np.stack([rng.choice(700, 3, replace=False) for _ in range(900)])
    liked = csr_matrix(
        (np.ones(2700, np.float32), (np.repeat(np.arange(900), 3), taken.ravel())),
        shape=(900, 700),
    )
    rule = Pairwise(0.1, 0.01, 40)
    together = rule(Y, liked, liked)
    for user in range(0, 900, 100):
        one = liked[[user]]
        assert rule(Y, one, one)[0] == pytest.approx(together[user], abs=1e-5)


def test_pairwise_gives_the_same_however_few_numbers_it_holds_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    liked, disliked = tastes(9, 5)
    whole = Pairwise(0.1, 0.01, 10)(items(), liked, disliked)
    for cells in (1, ITEMS * 4, ITEMS * 9):
        monkeypatch.setattr(pairwise_fold, "BATCH_CELLS", cells)
        assert Pairwise(0.1, 0.01, 10)(items(), liked, disliked) == pytest.approx(
            whole, abs=1e-6
        )


@pytest.mark.parametrize(("count", "kinds"), [(1, 5), (2, 3), (3, 70_000), (4, 1)])
def test_distinct_rows_are_those_of_numpy(count: int, kinds: int) -> None:
    rows = np.random.default_rng(count).integers(0, kinds, (200, count), np.int32)
    expected, place = np.unique(rows, axis=0, return_inverse=True)
    found, found_place = pairwise_fold._distinct(rows)
    assert np.array_equal(found, expected)
    assert np.array_equal(found_place, place.ravel())
