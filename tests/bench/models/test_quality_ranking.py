"""Confidences with and without comment quality."""

from pathlib import Path

import numpy as np
import pytest

from bench.models import quality_ranking
from bench.models.prepared import merged
from bench.models.quality_ranking import ROWS, World, make_world
from recsys.dataset.sparse import from_cells
from recsys.program.params import load
from stages import process


def test_confidence_is_rating_plus_weighted_quality() -> None:
    user, item = np.array([0, 1]), np.array([1, 0])
    seen = from_cells(user, item, np.ones(2), (2, 2))
    qualities = {"half": np.array([0.5, 0.5])}
    world = World(user, item, np.array([4.0, 5.0]), qualities, seen, seen)
    assert world.confidence("half", 2.0).toarray().tolist() == [[0, 5], [6, 0]]
    assert world.sentence() == "2 training positives, 2 test users, 2 items"


def test_the_mean_has_the_same_sum_as_the_quality_itself(
    raw: Path, light: Path
) -> None:
    world = make_world(merged(raw, light), load(process.Params, "process", light))
    assert world.qualities["mean"].sum() == pytest.approx(
        world.qualities["reviews"].sum()
    )
    assert set(world.qualities) == {row.quality for row in ROWS}
    assert world.seen.multiply(world.test).nnz == 0


def test_rows_are_compared_with_rows_that_exist() -> None:
    letters = [row.name[0] for row in ROWS]
    assert letters == sorted(set(letters))
    assert all(set(row.compared_with) <= set(letters) for row in ROWS)
    assert quality_ranking.STRONG > 1
