"""A blend is the weighted sum of z-scores, for who was trained on and for who is folded in."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.models.blended import (
    Blended,
    Part,
    Spread,
    check_width,
    last_is_bias,
    scale_of,
    weighed,
)
from recsys.models.cosine_fold import Cosines
from recsys.models.fold_in import LeastSquares
from recsys.models.one_user import OneUser
from recsys.models.pairwise_fold import Pairwise
from recsys.ranking.hybrid import z_scores

ALS = LeastSquares(2.0, 0.5, 0.0, 0.1)
BPR = Pairwise(0.1, 0.01, 20)
BLEND = Blended((Part(ALS, 3, 0.75, 2.0), Part(BPR, 4, 0.25, 0.5)))


def rows(count: int, width: int, seed: int) -> np.ndarray:
    made = np.random.default_rng(seed).normal(size=(count, width))
    return made.astype(np.float32)


def test_weighed_rows_give_z_scores_but_for_a_constant_of_the_user() -> None:
    users, items = rows(5, 3, 0), rows(40, 3, 1)
    scores = 2 * z_scores(users @ items.T)
    found = weighed(users, Spread.of(items), 2.0) @ items.T
    away = found - scores
    assert away == pytest.approx(np.tile(away.mean(axis=1)[:, None], 40), abs=1e-5)


def test_who_scores_all_items_alike_gets_zeros() -> None:
    items = np.tile(rows(1, 3, 1), (6, 1))
    assert not weighed(rows(4, 3, 0), Spread.of(items), 1.0).any()
    assert not weighed(np.zeros((2, 3), np.float32), Spread.of(rows(6, 3, 1)), 1).any()
    nobody = weighed(rows(0, 3, 0), Spread.of(rows(0, 3, 1)), 1.0)
    assert nobody.shape == (0, 3)


def test_the_spread_of_many_is_that_of_each_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    users, spread = rows(300, 64, 0), Spread.of(rows(90, 64, 1))
    alone = [spread.inverse(users[at : at + 1], one_by_one=True) for at in range(300)]
    together = spread.inverse(users, one_by_one=True)
    assert together.tolist() == np.concatenate(alone).tolist()
    monkeypatch.setattr("recsys.models.blended.AT_ONCE", 7)
    assert spread.inverse(users, False) == pytest.approx(together, rel=1e-9)


def test_a_new_user_is_folded_in_by_each_part() -> None:
    items = rows(12, 7, 2)
    liked = csr_matrix(np.eye(4, 12, dtype=np.float32) * 5)
    nothing = csr_matrix((4, 12), dtype=np.float32)
    found = BLEND(items, liked, nothing)
    als, bpr = items[:, :3] * 2, items[:, 3:] / 2
    of_als = 1.5 * z_scores(ALS(als, liked, nothing) @ als.T)
    of_bpr = 0.5 * z_scores(BPR(bpr, liked, nothing) @ bpr.T)
    assert z_scores(found @ items.T) == pytest.approx(
        z_scores(of_als + of_bpr), abs=1e-4
    )


def test_one_user_of_a_service_is_folded_in_as_among_many() -> None:
    items = rows(12, 7, 2)
    liked = csr_matrix(np.eye(4, 12, dtype=np.float32) * 5)
    fold_in = BLEND.prepared(items)
    many = fold_in(liked, csr_matrix((4, 12), dtype=np.float32))
    for user in range(4):
        one = fold_in(OneUser.of({user: 5.0}, 12), OneUser.of({}, 12))
        assert one[0] == pytest.approx(many[user], rel=1e-5)
        assert one[0, :3].tobytes() == many[user, :3].tobytes()


def test_who_likes_nothing_has_zeros_but_for_a_bias() -> None:
    nothing = csr_matrix((1, 12), dtype=np.float32)
    (found,) = BLEND(rows(12, 7, 2), nothing, nothing)
    assert not found[:-1].any() and found[-1] > 0


@pytest.mark.parametrize(
    ("rule", "is_bias"),
    [
        (None, False),
        (ALS, False),
        (BPR, True),
        (BLEND, True),
        (
            Blended((Part(BPR, 4, 0.5, 1.0), Part(Cosines(0.1, 1.2), 3, 0.5, 1.0))),
            False,
        ),
    ],
)
def test_whether_a_bias_stands_last(rule: object, is_bias: bool) -> None:
    assert last_is_bias(rule) is is_bias


def test_factors_of_another_width_are_refused() -> None:
    check_width(ALS, 9)
    check_width(BLEND, 7)
    with pytest.raises(ValueError, match="width 7 with factors of width 6"):
        check_width(BLEND, 6)
    with pytest.raises(ValueError, match="width 7 with factors of width 6"):
        BLEND.prepared(rows(12, 6, 2))


def test_a_scale_is_a_power_of_2_near_the_length_of_a_row() -> None:
    assert scale_of(np.full((3, 4), 3.0, np.float32)) == 8  # of length 6
    assert scale_of(np.full((3, 1), 0.3, np.float32)) == 0.25
    assert scale_of(np.zeros((3, 4), np.float32)) == 1
