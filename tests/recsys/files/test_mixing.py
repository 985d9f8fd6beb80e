"""Mixed numbers: those of the paper's generator, and no two alike."""

import numpy as np

from recsys.files.mixing import mixed

GOLDEN = 0x9E3779B97F4A7C15


def test_it_is_the_finalizer_of_the_published_generator() -> None:
    """The first numbers of SplitMix64 from 1234567."""
    with np.errstate(over="ignore"):
        steps = np.uint64(1234567) + np.arange(1, 4, dtype=np.uint64) * np.uint64(
            GOLDEN
        )
    assert mixed(steps).tolist() == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]


def test_numbers_that_follow_one_another_are_far_apart() -> None:
    found = mixed(np.arange(1, 100_001, dtype=np.uint64))
    assert len(np.unique(found)) == 100_000
    assert abs(np.mean(found >> np.uint64(63)) - 0.5) < 0.01
    assert abs(np.mean(found & np.uint64(1)) - 0.5) < 0.01
