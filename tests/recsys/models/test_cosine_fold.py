"""A new user of sampled softmax ends where the objective is least, on the sphere."""

import numpy as np
import pytest

from recsys.models import cosine_fold
from recsys.models.cosine_fold import Cosines
from tests.recsys.models.tastes import ITEMS, WIDTH, items, tastes


def cosine_objective(
    rule: Cosines, x: np.ndarray, Y: np.ndarray, likes: np.ndarray
) -> float:
    """What Cosines makes small for one user of length 1, in double precision."""
    scores = Y.astype(np.float64) @ (x / np.linalg.norm(x)) / rule.temperature
    return float(rule.weight * np.log(np.exp(scores).sum()) - scores[likes].mean())


@pytest.mark.parametrize("rule", [Cosines(0.3, 1.2), Cosines(0.8, 1.0)])
def test_cosines_ends_where_no_small_turn_is_better(rule: Cosines) -> None:
    liked, disliked = tastes(6, 3)
    Y = items() / np.linalg.norm(items(), axis=1, keepdims=True)
    found = rule(Y, liked, disliked).astype(np.float64)
    assert not found[:2].any()
    assert np.linalg.norm(found[2:], axis=1) == pytest.approx(1, abs=1e-6)
    for user in range(3, 6):  # who likes everything has no direction
        likes = liked[user].indices
        own = cosine_objective(rule, found[user], Y, likes)
        for axis in np.eye(WIDTH):
            for turn in (-0.1, 0.1):
                turned = found[user] + turn * axis
                assert cosine_objective(rule, turned, Y, likes) > own - 0.02


def test_cosines_goes_down_the_gradient_of_the_objective() -> None:
    rule, Y = Cosines(0.3, 1.2), items() / 3
    liked, _ = tastes(4, 3)
    likes, x = liked[3].indices, items(seed=1)[:1] / 3
    mean = Y[likes].mean(axis=0, keepdims=True)
    slope = rule.slope(x, mean, Y)[0] / rule.temperature

    def objective(at: np.ndarray) -> float:
        scores = Y.astype(np.float64) @ at / rule.temperature
        return float(rule.weight * np.log(np.exp(scores).sum()) - scores[likes].mean())

    away = 1e-5 * np.eye(WIDTH)
    expected = [(objective(x[0] + d) - objective(x[0] - d)) / 2e-5 for d in away]
    assert slope == pytest.approx(expected, abs=1e-4)


def test_cosines_looks_at_neither_confidence_nor_dislikes() -> None:
    liked, disliked = tastes(7, 4)
    rule = Cosines(0.2, 1.2)
    plain = rule(items(), (liked != 0).astype(np.float32), 0 * disliked)
    assert np.array_equal(rule(items(), liked, disliked), plain)


def test_cosines_holds_only_so_many_numbers_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    liked, disliked = tastes(9, 5)
    rule = Cosines(0.2, 1.2)
    whole = rule(items(), liked, disliked)
    held = []
    slope = Cosines.slope
    monkeypatch.setattr(cosine_fold, "BATCH_CELLS", 3 * ITEMS)
    monkeypatch.setattr(
        Cosines, "slope", lambda *given: held.append(len(given[1])) or slope(*given)
    )
    assert rule(items(), liked, disliked) == pytest.approx(whole, abs=1e-5)
    assert max(held) == 3


def test_of_many_items_each_turn_looks_at_others_and_ends_near(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    liked, _ = tastes(9, 5)
    many = np.concatenate([items(seed=seed) for seed in range(40)])
    many /= np.linalg.norm(many, axis=1, keepdims=True)
    wide = liked.copy()
    wide.resize(liked.shape[0], len(many))
    rule = Cosines(0.3, 1.2)
    whole = rule(many, wide, 0 * wide)
    looked_at = []
    slope = Cosines.slope
    monkeypatch.setattr(cosine_fold, "AT_ONCE", len(many) // 4)
    monkeypatch.setattr(
        Cosines, "slope", lambda *given: looked_at.append(given[3]) or slope(*given)
    )
    found = rule(many, wide, 0 * wide)
    has_any = whole.any(axis=1)
    assert (found[has_any] * whole[has_any]).sum(axis=1).min() > 0.98
    assert not np.array_equal(found, whole)
    assert max(map(len, looked_at)) == len(many) // 4
    seen = np.concatenate(looked_at[:4])
    assert np.array_equal(np.unique(seen, axis=0), np.unique(many, axis=0))
