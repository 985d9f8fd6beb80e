"""Who training does not know is folded in as evaluation does it, without what evaluation loads."""

from pathlib import Path

import numpy as np
import pytest

from recsys.models.blended import Blended, NewUser, Part
from recsys.models.cosine_fold import Cosines
from recsys.models.one_user import OneUser
from recsys.models.pairwise_fold import Pairwise
from recsys.serving import newcomers
from recsys.serving.folding import Folding
from tests.recsys.serving import worlds
from tests.worlds import one_blas_thread

PAIRS = Pairwise(0.1, 0.01, 50)
BLEND = Blended((Part(worlds.RULE, 1, 0.75, 2.0), Part(PAIRS, 2, 0.25, 0.5)))
RULES = [worlds.RULE, PAIRS, Cosines(0.2, 1.0), BLEND]


@pytest.mark.parametrize("rule", RULES)
def test_it_is_what_newcomers_does(tmp_path: Path, rule: NewUser) -> None:
    release = worlds.recommender(tmp_path, rule=rule).release
    folding, factors = Folding(release), worlds.factors_of(release)
    assert folding.is_slow is (rule is not worlds.RULE)
    with one_blas_thread():
        for row in range(15):
            one = slice(row, row + 1)
            liked = worlds.rows_of(release, "liked", one)
            disliked = worlds.rows_of(release, "disliked", one)
            wanted = factors.fold_in(liked, disliked)
            folded, is_known = folding.fold_in(user(liked), user(disliked))
            assert np.array_equal(folded, wanted), row
            assert is_known == newcomers.are_known(factors, liked, wanted)[0]


def user(matrix) -> OneUser:
    values = dict(zip(matrix.indices.tolist(), matrix.data.tolist(), strict=True))
    return OneUser.of(values, matrix.shape[1])
