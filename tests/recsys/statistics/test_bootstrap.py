"""Bootstrap intervals: paired over columns, reproducible, and as wide as theory has it."""

import numpy as np
import pytest

from recsys.program.seeds import generator
from recsys.statistics import bootstrap


def test_shapes_and_the_same_bytes_for_the_same_seed() -> None:
    values = np.random.default_rng(0).random((50, 3))
    first, second, other = (
        bootstrap.resampled_means(values, 100, seed) for seed in (1, 1, 2)
    )
    assert first.shape == (100, 3)
    assert first.tobytes() == second.tobytes() != other.tobytes()


def test_a_constant_has_no_width_and_means_stay_in_the_range_of_the_values() -> None:
    values = np.column_stack([np.full(9, 0.25), np.arange(9) % 2])
    means = bootstrap.resampled_means(values, 200, 0)
    low, high = bootstrap.interval(means)
    assert (low[0], high[0]) == (0.25, 0.25)
    assert 0 <= means[:, 1].min() < means[:, 1].max() <= 1


def plain_means(values: np.ndarray, samples: int, seed: int) -> np.ndarray:
    rng = generator(seed)
    drawn = (rng.integers(0, len(values), len(values)) for _ in range(samples))
    return np.stack([values[one].mean(axis=0) for one in drawn])


@pytest.mark.parametrize("kinds", [1, 3, 10_000])
def test_they_are_the_means_of_what_is_drawn(kinds: int) -> None:
    """Of users of whom many are alike, and of such who are not."""
    rng = np.random.default_rng(kinds)
    values = rng.normal(size=(kinds, 4))[rng.integers(0, kinds, 300)]
    values[:, 3] = 0.0
    found = bootstrap.resampled_means(values, 50, 9)
    assert found == pytest.approx(plain_means(values, 50, 9), abs=1e-12)


def test_columns_see_the_same_resamples() -> None:
    first = np.random.default_rng(0).random(40)
    means = bootstrap.resampled_means(
        np.column_stack([first, first + 1, 2 * first]), 100, 3
    )
    assert means[:, 1] - means[:, 0] == pytest.approx(np.ones(100))
    assert means[:, 2] == pytest.approx(2 * means[:, 0])


def test_resamples_are_with_replacement_over_all_users() -> None:
    means = bootstrap.resampled_means(np.eye(4), 4000, 5)
    assert np.round(means * 4, 9).sum(axis=1).tolist() == [4] * 4000
    assert means.mean(axis=0) == pytest.approx([1 / 4] * 4, abs=0.02)
    assert (means == 0).mean(axis=0) == pytest.approx([(3 / 4) ** 4] * 4, abs=0.03)


def test_the_interval_is_about_1_96_standard_errors_wide() -> None:
    values = np.random.default_rng(0).normal(size=(400, 1))
    low, high = bootstrap.interval(bootstrap.resampled_means(values, 4000, 0))
    standard_error = values.std() / np.sqrt(400)
    assert [low[0], high[0]] == pytest.approx(
        values.mean() + np.array([-1.96, 1.96]) * standard_error,
        abs=0.1 * standard_error,
    )


def test_one_user_is_their_own_mean() -> None:
    low, high = bootstrap.interval(bootstrap.resampled_means(np.array([[0.5]]), 100, 0))
    assert (low[0], high[0]) == (0.5, 0.5)
