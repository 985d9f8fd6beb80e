"""ALS is timed beside implicit and irspack."""

import numpy as np

from bench.speed import als
from bench.speed.positives import Size
from tests.bench.speed.programs import small_speed


def test_als_is_timed_on_the_threads_that_were_asked_for() -> None:
    """Two threads and one give the same bytes here too, of a small world."""
    one, two = (small_speed("bench.speed.als", threads) for threads in (1, 2))
    assert one["sha256"] == two["sha256"]
    assert {"native", "implicit", "irspack"} == set(one["seconds"])
    assert min(one["seconds"].values()) > 0


def test_large_ends_with_a_finite_loss() -> None:
    assert np.isfinite(als.large(Size(300, 60, 2000)))
