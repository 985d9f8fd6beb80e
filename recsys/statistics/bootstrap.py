"""95 % bootstrap intervals of means over users: percentiles over resamples of the users.

Efron (1979), Bootstrap methods: another look at the jackknife.
"""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, TypeVar

import numpy as np

from recsys.files.mixing import distinct_rows
from recsys.program.seeds import generator

LOW, HIGH = 2.5, 97.5
BATCH_CELLS = 1 << 20  # numbers held at once

Key = TypeVar("Key")


class MeanInterval(NamedTuple):
    """A mean over users and the ends of its 95 % interval."""

    mean: float
    low: float
    high: float


class Resampled(NamedTuple):
    """A metric of each user, and its means over resamples of the users."""

    values: np.ndarray  # (users,) float64
    means: np.ndarray  # (samples,) float64

    def minus(self, other: "Resampled") -> "Resampled":
        """The paired difference; both must be of the same users and resamples."""
        return Resampled(self.values - other.values, self.means - other.means)

    def interval(self) -> MeanInterval:
        """The mean with its interval."""
        low, high = interval(self.means)
        return MeanInterval(float(self.values.mean()), float(low), float(high))


def resample(
    columns: Mapping[Key, np.ndarray], samples: int, seed: int
) -> dict[Key, Resampled]:
    """Each column with its means over the same `samples` resamples of the users.

    The columns are (users,) float64, of the same users in the same order.
    """
    values = np.column_stack(list(columns.values()))
    means = resampled_means(values, samples, seed)
    pairs = zip(values.T, means.T, strict=True)
    return {key: Resampled(*pair) for key, pair in zip(columns, pairs, strict=True)}


def resampled_means(values: np.ndarray, samples: int, seed: int) -> np.ndarray:
    """Means (samples, metrics) float64 of resamples, with replacement, of the users.

    `values` are (users, metrics) float64. All columns see the same resamples, so that the
    difference of two columns is a paired one. Users who are alike in all metrics are counted
    together: of one held-out item there are as many kinds as places that it may have.
    """
    rng = generator(seed)
    users = len(values)
    values, kind = distinct_rows(values)
    means = np.empty((samples, values.shape[1]))
    block = max(1, BATCH_CELLS // max(1, users))

    def fill(rows: slice, drawn: list[np.ndarray]) -> None:
        weights = np.stack([_times(kind[one], len(values)) for one in drawn])
        means[rows] = weights @ values / users

    # one thread draws while another one adds up what was drawn before
    with ThreadPoolExecutor(1) as pool:
        before: list[Future[None]] = []
        for begin in range(0, samples, block):
            rows = slice(begin, min(begin + block, samples))
            count = rows.stop - rows.start
            drawn = [rng.integers(0, users, users) for _ in range(count)]
            for one in before:
                one.result()
            before = [pool.submit(fill, rows, drawn)]
        for one in before:
            one.result()
    return means


def _times(drawn: np.ndarray, count: int) -> np.ndarray:
    """How often each of so many stands in a resample, (count,) float64."""
    return np.bincount(drawn, minlength=count).astype(np.float64)


def interval(means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Low and high end of the 95 % interval over the first axis of `means`.

    (metrics,) float64 each for resampled means (samples, metrics), scalars for (samples,).
    """
    low, high = np.percentile(means, [LOW, HIGH], axis=0)
    return low, high
