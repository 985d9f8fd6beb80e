"""What Spark is told of a shop."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.als.params import Params
from recsys.dataset.interactions import Interactions
from recsys.program.errors import ConfigError
from recsys.spark.ratings import dislike_weight, ratings, settings_of
from tests.recsys.als.worlds import params as without_spark
from tests.recsys.spark.fits import params
from tests.worlds import complains

LIKED = [[5.0, 0, 1, 0], [0, 2, 0, 0], [0, 0, 0, 0]]
DISLIKED = [[0, 1.0, 0, 1], [1, 0, 0, 0], [1, 0, 0, 0]]


def shop() -> Interactions:
    """User 2 and item 3 have no positive."""
    confidence = csr_matrix(np.array(LIKED, np.float32))
    dislikes = csr_matrix(np.array(DISLIKED, np.float32))
    return Interactions(confidence, (confidence > 0).astype(np.float32), dislikes)


def test_what_spark_adds_1_to() -> None:
    told = ratings(shop(), params())
    # c is 3 times the confidence; a dislike weighs 3 x 0.5
    assert told.matrix.toarray().tolist() == [
        [14, -0.5, 2, 0],
        [-0.5, 5, 0, 0],
        [0, 0, 0, 0],
    ]
    assert told.matrix.dtype == np.float32
    assert (told.users.tolist(), told.users.dtype) == ([0, 0, 0, 1, 1], np.int32)
    assert (told.dislikes, told.left_out) == (2, 2)


@pytest.mark.parametrize(
    "section",
    [
        params({"dislike_weight": 1 / 3}),
        params({"dislike_weight": 0.1}),
        params(dislikes="drop"),
    ],
)
def test_dislikes_that_it_cannot_be_told_of_are_counted(section: Params) -> None:
    told = ratings(shop(), section)
    assert (told.dislikes, told.left_out, told.matrix.nnz) == (0, 4, 3)
    assert dislike_weight(section) == 0
    assert dislike_weight(params()) == 0.5


def test_a_positive_of_weight_1_is_refused() -> None:
    with complains(
        ConfigError, "train_als.spark.alpha: 1 times", "(1)", "raise it over 1"
    ):
        ratings(shop(), params({"alpha": 1.0}))


def test_a_cell_that_is_both_is_refused() -> None:
    both = replace(shop(), dislikes=csr_matrix(np.array(LIKED, np.float32)))
    with pytest.raises(ValueError, match="at once"):
        ratings(both, params())


def test_its_penalty_is_by_the_number_of_positives() -> None:
    task = ratings(shop(), params()).problem(2.0)
    assert task.entries.toarray().tolist() == [
        [15, -1.5, 3, 0],
        [-1.5, 6, 0, 0],
        [0, 0, 0, 0],
    ]
    assert task.user_penalty.tolist() == [4, 2, 0]
    assert task.item_penalty.tolist() == [2, 2, 2, 0]
    assert task.features is None


def test_a_section_without_settings_of_it_is_refused() -> None:
    with complains(
        ConfigError, "train_als.spark is missing", "git checkout params.yaml"
    ):
        settings_of(without_spark())
