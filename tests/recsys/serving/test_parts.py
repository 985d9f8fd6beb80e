"""The score on a release is that of evaluate and of newcomers, and its parts add up."""

from pathlib import Path

import numpy as np
import pytest

from recsys.models.cosine_fold import Cosines
from recsys.models.fold_in import FoldIn
from recsys.models.pairwise_fold import Pairwise
from recsys.ranking import hybrid
from recsys.serving import arithmetic, newcomers
from recsys.serving.parts import FewLikes, Kind, Scoring, total
from recsys.serving.release import Release
from tests.recsys.serving import worlds

PAIRS = Pairwise(0.1, 0.01, 50)
OFF = {"content": 0.0, "popularity": 0.0, "neighbours": 0.0}


def scored(release: Release, users: slice) -> np.ndarray:
    rows = range(users.start, users.stop)
    liked = FewLikes(
        [release.items_of("liked", row) for row in rows],
        [release.ages[release.row_of("liked", row)] for row in rows],
    )
    factors = release.arrays["user_factors"][users]
    kind = Kind(int(release.arrays["user_kinds"][users.start]))
    parts = Scoring(release).parts(kind, factors, liked)
    return total(parts, len(liked))


@pytest.mark.parametrize("weights", [{}, OFF, {"content": 0.0}, {"neighbours": 0.0}])
def test_of_trained_users_it_is_what_evaluate_computes(
    tmp_path: Path, weights: dict[str, float]
) -> None:
    release = worlds.recommender(tmp_path, **weights).release
    liked, factors = (
        worlds.rows_of(release, "ages", slice(0, 12)),
        worlds.factors_of(release),
    )
    of_factors = release.arrays["user_factors"][:12] @ factors.item_factors.T
    expected = hybrid.blended(
        *(of_factors, liked, worlds.beside_of(release), release.weights)
    )
    assert scored(release, slice(0, 12)) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("rule", "apart"),
    # the last steps of Cosines are .003 long, whatever the slope: rounding decides their direction
    [(worlds.RULE, 1e-5), (PAIRS, 1e-5), (Cosines(0.2, 1.0), 5e-3)],
)
def test_of_others_it_is_what_newcomers_computes(
    tmp_path: Path, rule: FoldIn, apart: float
) -> None:
    release = worlds.recommender(tmp_path, rule=rule).release
    beside = worlds.beside_of(release)
    for user in (12, 13, 14):
        one = slice(user, user + 1)
        expected = newcomers.scores(
            worlds.factors_of(release),
            worlds.rows_of(release, "liked", one),
            worlds.rows_of(release, "disliked", one),
            beside,
            release.weights,
        )
        assert scored(release, one) == pytest.approx(expected, abs=apart)


def test_with_many_products_it_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is held of few products is computed of many a request."""
    release = worlds.recommender(tmp_path).release
    wanted = [scored(release, slice(user, user + 1)) for user in range(15)]
    monkeypatch.setattr(arithmetic, "MOST_HELD", 1)
    monkeypatch.setattr(arithmetic, "LARGER", 0)
    scoring = Scoring(release)
    assert scoring.likeness is None and scoring.dense is None
    found = [scored(release, slice(user, user + 1)) for user in range(15)]
    assert np.concatenate(found) == pytest.approx(np.concatenate(wanted), abs=1e-5)
