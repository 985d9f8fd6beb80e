"""The kernel steps as a plain loop does, in cells that share nothing."""

import os
import subprocess
import sys

import numpy as np
import pytest

from bench.house.imports import ROOT
from recsys.bpr import descent, kernel
from recsys.bpr.descent import LANES, Descent, Triples
from recsys.bpr.kernel import OTHER, POPULAR
from tests.recsys.bpr.worlds import (
    params,
    random_world,
)


def plain_steps(
    X: np.ndarray, Y: np.ndarray, triples: Triples, rate: float, weight: float
) -> None:
    """Rendle et al. (2009), one step a triple; hard negatives are weighed, popular ones leave the
    biases.
    """
    for (u, i, j), kind in zip(triples.rows, triples.kinds, strict=True):
        x, liked, other = X[u].copy(), Y[i].copy(), Y[j].copy()
        step = (kernel.HARD_STEP if kind != OTHER else 1) / (
            1 + np.exp(x @ (liked - other))
        )
        X[u, :-1] += rate * (step * (liked - other) - weight * x)[:-1]
        Y[i] += rate * (step * x - weight * liked)
        Y[j] += rate * (-step * x - weight * other)
        if kind == POPULAR:
            Y[i, -1], Y[j, -1] = liked[-1], other[-1]


@pytest.mark.parametrize("few", [0, 10**9])
def test_the_kernel_steps_as_a_plain_loop_does(
    few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(descent, "FEW", few)
    shares = {"dislikes": 0.3, "popular": 0.3}
    steps = Descent(
        *random_world(), params(hard_negative_share=shares, learning_rate=0.2), None
    )
    X, Y = steps.X.astype(np.float64), steps.Y.astype(np.float64)
    triples = steps.triples(1)
    rate, weight = np.float32(0.2), np.float32(0.001)
    both = steps.X, steps.apart
    kernel.descend(*both, *triples, steps.lanes, np.uint64(7), rate, weight)
    plain_steps(
        X, Y, triples, 0.2, 0.001
    )  # the triples now stand in the order of the steps
    np.testing.assert_allclose(steps.X, X, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(steps.Y, Y, rtol=1e-3, atol=1e-5)
    assert np.abs(Y).max() > 0.1  # it did move


def test_cells_of_a_phase_share_neither_users_nor_items(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(descent, "FEW", 0)
    steps = Descent(
        *random_world(),
        params(hard_negative_share={"dislikes": 0.3, "popular": 0.3}),
        None,
    )
    rows, _, begin = steps.triples(1)
    assert len(begin) - 1 == (2 * LANES - 1) * LANES**2
    for phase in range(0, len(begin) - 1, LANES):
        cells = [
            rows[begin[cell] : begin[cell + 1]] for cell in range(phase, phase + LANES)
        ]
        for columns in ([0], [1, 2]):
            touched = [set(cell[:, columns].ravel().tolist()) for cell in cells]
            assert sum(map(len, touched)) == len(set().union(*touched))


THREADS = """
import hashlib, numba, numpy as np
from recsys.bpr import fit as bpr
from recsys.bpr.descent import FEW
from tests.recsys.bpr import worlds
world = worlds.random_world(4000, 120)
assert world[0].nnz > FEW
given = worlds.params(factors=16, hard_negative_share={"dislikes": 0.2, "popular": 0.2})
for threads in (1, 2):
    numba.set_num_threads(threads)
    made = bpr.fit(*world, given, epochs=2)
    print(hashlib.sha256(made.user_factors.tobytes() + made.item_factors.tobytes()).hexdigest())
"""


def test_one_and_two_threads_give_the_same_bytes() -> None:
    env = {**os.environ, "NUMBA_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-c", THREADS],
        cwd=ROOT,
        env=env,
        check=True,
        capture_output=True,
        text=True,
    )
    one, two = done.stdout.split()
    assert one == two
