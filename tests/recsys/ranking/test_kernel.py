"""The compiled ranking gives what a plain loop gives, on any number of threads."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from bench.house.imports import ROOT
from recsys.ranking import kernel

INFINITY = float("inf")
FEW = st.sampled_from([-INFINITY, -1.5, -0.0, 0.0, 1e-30, 2.0, INFINITY])
ROWS = arrays(
    np.float32, array_shapes(min_dims=2, max_dims=2, max_side=200), elements=FEW
)


def best(scores: np.ndarray, k: int) -> tuple[list[list[int]], bool]:
    items, has_nan = kernel.best_of_rows(scores, k)
    return items.tolist(), has_nan


def plain(row: list[float], k: int) -> list[int]:
    """Items by falling score, the smaller index first, without those of -inf; -1 to fill up."""
    there = [item for item, score in enumerate(row) if score > -INFINITY]
    ranked = sorted(there, key=lambda item: (-row[item], item))[:k]
    return ranked + [kernel.NONE] * (k - len(ranked))


@settings(deadline=None, max_examples=60)
@given(ROWS, st.integers(1, 12))
def test_the_best_items_are_those_of_a_plain_loop(scores: np.ndarray, k: int) -> None:
    wanted = [plain(row, k) for row in scores.tolist()]
    assert best(scores, k) == (wanted, False)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("place", [0, 63, 64, 99])
def test_a_score_that_is_no_number_is_said_wherever_it_stands(
    sign: int, place: int
) -> None:
    scores = np.zeros((3, 100), dtype=np.float32)
    scores[1, place] = np.copysign(np.float32(np.nan), sign)
    assert best(scores, 1)[1]


def test_z_rows_have_mean_0_and_deviation_1_and_equal_ones_are_0() -> None:
    rows = np.array([[1, 2, 3], [7, 7, 7]], dtype=np.float32)
    kernel.z_rows(rows, 1e-6)
    step = np.sqrt(3 / 2)
    assert rows == pytest.approx(np.array([[-step, 0, step], [0, 0, 0]]), abs=1e-6)


THREADS = """
import os
os.environ["NUMBA_NUM_THREADS"] = "2"
import hashlib, bench, numba, numpy as np
from recsys.ranking import kernel
numba.set_num_threads({threads})
scores = np.random.default_rng(0).standard_normal((500, 300), dtype=np.float32)
kernel.z_rows(scores, 1e-6)
items, _ = kernel.best_of_rows(scores, 20)
print(hashlib.sha256(scores.tobytes() + items.tobytes()).hexdigest())
"""


def test_one_and_two_threads_give_the_same_bytes() -> None:
    def printed(threads: int) -> str:
        code = THREADS.format(threads=threads)
        command = [sys.executable, "-c", code]
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=True
        )
        return done.stdout

    assert printed(1) == printed(2)
