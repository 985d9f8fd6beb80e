"""p by as few resamples as it takes: right by hand, and as often small as it may be."""

import numpy as np
import pytest

from recsys.drift import monte_carlo
from recsys.drift.monte_carlo import ENOUGH, Exceeded


def told(*batches: list[int]) -> Exceeded:
    found = Exceeded()
    for each in batches:
        found.add(np.array(each, dtype=bool))
    return found


def test_what_is_seldom_exceeded_has_the_p_of_all_draws() -> None:
    found = told([0, 1, 0, 0], [0, 0, 1, 0, 0])
    assert (found.is_settled, found.p) == (False, (2 + 1) / (9 + 1))


def test_draws_after_the_one_that_settles_it_do_not_count() -> None:
    nine = [1] * 9
    assert told(nine, [0, 0, 1, 1, 0]).p == ENOUGH / 12
    assert told(nine, [0, 0, 1, 1, 0], [1, 1, 0]).p == ENOUGH / 12
    assert told([*nine, 0, 0, 1]).p == ENOUGH / 12
    assert told([1] * 25).p == 1.0


@pytest.mark.parametrize("level", [1 / 200, 5 / 200, 10 / 199, 0.1, 0.5])
def test_where_nothing_has_changed_p_is_as_often_small_as_its_level(
    level: float,
) -> None:
    """Each case has its own chance that a resample is as extreme, from 0 to 1."""
    rng, cases = np.random.default_rng(1), 4_000
    small = 0
    for _ in range(cases):
        found, chance = Exceeded(), rng.random()
        for size in monte_carlo.sizes(199):
            found.add(rng.random(size) < chance)
            if found.is_settled:
                break
        small += found.p <= level + 1e-12
    error = (level * (1 - level) / cases) ** 0.5
    assert small / cases == pytest.approx(level, abs=3 * error)


def test_few_are_drawn_at_first_and_all_at_last() -> None:
    assert list(monte_carlo.sizes(99)) == [16, 16, 16, 24, 27]
    assert list(monte_carlo.sizes(5)) == [5]
    assert sum(monte_carlo.sizes(1999)) == 1999
